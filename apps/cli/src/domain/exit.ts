/** Every exit code of the command, for scripts; `sigil help` prints this table. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  warned: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANING: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, "done; what was checked holds"],
  [EXIT.refused, "refused, failed, or something was found"],
  [EXIT.usage, "usage, configuration, or a bundle that is unpinned"],
  [EXIT.unreachable, "the runtime does not answer"],
  [EXIT.warned, "nothing is broken, and something should be looked at (doctor)"],
  [EXIT.interrupted, "interrupted by Ctrl-C"],
];
