/** What a separate `sigil` process answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One byte of a file, changed. */
export interface Flip {
  readonly file: string;
  readonly offset: number;
  readonly before: number;
  readonly after: number;
}

/** A temporary folder of this user's own, and what the demonstration does in it. */
export interface Bench {
  readonly folder: string;
  /** A new folder inside, readable by this user alone. */
  readonly sub: (name: string) => string;
  readonly write: (path: string, text: string) => void;
  readonly copy: (from: string, to: string) => void;
  readonly list: (folder: string) => readonly string[];
  /** Copies a data folder as a thief or a careless backup would: the database file as it is. */
  readonly copyStore: (data: string, to: string) => string;
  /** The offset in `file` of the bytes with this SHA-256 and length that follow `near`; undefined when they are not there. */
  readonly locate: (
    file: string,
    wanted: { near: string; sha256: string; length: number },
  ) => number | undefined;
  readonly flip: (file: string, offset: number) => Flip;
  /** Runs this very command in a process of its own, in `cwd`, with nothing of Sigil in its environment. */
  readonly sigil: (cwd: string, args: readonly string[]) => Promise<Answer>;
  /** The lines of warning and above in the logs of `folder`, the last ones of each. */
  readonly complaints: (folder: string) => readonly string[];
  readonly remove: () => void;
}

export interface Workshop {
  readonly open: () => Bench;
}
