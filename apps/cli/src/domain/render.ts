import { CliError } from "./error.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { printable, type Style } from "./style.ts";

/** An error as it is shown: `error: <code>: <sentence>`, `remedy: <sentence>`, or the same as an object. */
export interface Shown {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly decisionId?: string;
  readonly missing?: readonly string[];
  readonly exit: ExitCode;
}

interface Foreign {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly remedy?: unknown;
  readonly problem?: {
    readonly code: string;
    readonly title: string;
    readonly detail: string;
    readonly remedy: string;
    readonly decisionId?: string | undefined;
    readonly missing?: readonly string[] | undefined;
  };
}

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;
const UNREACHABLE = new Set(["door-unreachable", "door-timeout"]);
const USAGE = /^config-/;

/** Any thrown value as something an operator can act on. Total: what nobody named is `unexpected`. */
export function shown(error: unknown): Shown {
  if (error instanceof CliError)
    return { code: error.code, message: error.message, remedy: error.remedy, exit: error.exit };
  const { code, message, remedy, problem } = (error ?? {}) as Foreign;
  if (problem !== undefined)
    return {
      code: problem.code,
      message: problem.detail || problem.title,
      remedy: problem.remedy,
      ...(problem.decisionId === undefined ? {} : { decisionId: problem.decisionId }),
      ...(problem.missing === undefined ? {} : { missing: problem.missing }),
      exit: EXIT.refused,
    };
  if (error instanceof Error && typeof code === "string" && KEBAB.test(code))
    return {
      code,
      message: String(message),
      remedy: typeof remedy === "string" ? remedy : (remedies[code] ?? "`sigil doctor` checks this runtime."),
      exit: UNREACHABLE.has(code) ? EXIT.unreachable : USAGE.test(code) ? EXIT.usage : EXIT.refused,
    };
  const disk = typeof code === "string" && Object.hasOwn(DISK, code) ? DISK[code] : undefined;
  if (disk !== undefined) return { ...disk, message: String(message), exit: EXIT.refused };
  return {
    code: "unexpected",
    message: typeof message === "string" ? message : String(error),
    remedy: "This is a defect of Sigil: report it with the command and what it printed.",
    exit: EXIT.refused,
  };
}

const FULL = {
  code: "disk-full",
  remedy:
    "Make room on the disk of the home and do it again (runbook: disk full); nothing that was acknowledged is lost.",
};

/** What the operating system says of a disk, wherever it says it. */
const DISK: Readonly<Record<string, Pick<Shown, "code" | "remedy">>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: { code: "disk-read-only", remedy: "Make the file system of the home writable and do it again." },
  EIO: { code: "disk-failed", remedy: "Look at the disk; then run `sigil canon verify`." },
};

/** Remedies for errors of packages that carry none of their own. */
const remedies: Readonly<Record<string, string>> = {
  "door-unreachable":
    "Start it with `npm start` (or `sigil start`), or point --set sigilderg.port=… at the one that runs.",
  "door-timeout": "Look into the logs folder of the home, then try again.",
  "sealed-file-refused": "Restore the matching file under secrets/ of the home.",
  "bundle-malformed": "Export the bundle again with `sigil canon export`.",
  "trust-malformed": "Print the trust file again with `sigil canon trust` where the runtime is.",
};

export function errorLines(error: Shown, style: Style): string[] {
  return [
    `${style.bad("error:")} ${error.code}: ${printable(error.message)}`,
    ...(error.missing ?? []).filter((line) => line !== error.message).map((line) => `  ${printable(line)}`),
    ...(error.decisionId === undefined ? [] : [`  decision ${error.decisionId}`]),
    `${style.bold("remedy:")} ${printable(error.remedy)}`,
  ];
}

export function errorJson(error: Shown): { error: Omit<Shown, "exit"> } {
  const { exit: _exit, ...rest } = error;
  return { error: rest };
}
