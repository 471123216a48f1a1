import type { Decision } from "@sigil/policy";
import { type DenialCode, denialOf } from "@sigil/wire";
import { EXIT, type ExitCode } from "./exit.ts";

/** What can go wrong in the command itself, and the exit code of each. Services add their own codes over the wire. */
const CODES = {
  usage: EXIT.usage,
  "argument-invalid": EXIT.usage,
  "command-unmapped": EXIT.usage,
  "action-denied": EXIT.refused,
  "level-too-low": EXIT.refused,
  "locked-down": EXIT.refused,
  "out-of-scope": EXIT.refused,
  "trust-too-low": EXIT.refused,
  "licence-refused": EXIT.refused,
  "cases-invalid": EXIT.usage,
  "not-built": EXIT.usage,
  "home-missing": EXIT.usage,
  "home-not-sigil": EXIT.refused,
  "home-not-writable": EXIT.refused,
  "home-incomplete": EXIT.refused,
  "home-newer": EXIT.refused,
  "home-present": EXIT.refused,
  "secrets-present": EXIT.refused,
  "home-file-damaged": EXIT.refused,
  "bootstrap-failed": EXIT.refused,
  "module-package-damaged": EXIT.refused,
  "module-not-installed": EXIT.refused,
  "module-in-force": EXIT.refused,
  "module-older": EXIT.refused,
  "module-wants-more": EXIT.refused,
  "module-other-publisher": EXIT.refused,
  "package-in-the-way": EXIT.refused,
  "publisher-not-pinned": EXIT.refused,
  "module-source-missing": EXIT.usage,
  "module-source-invalid": EXIT.refused,
  "module-import-node": EXIT.refused,
  "module-import-unresolved": EXIT.refused,
  "module-import-outside": EXIT.refused,
  "module-types-refused": EXIT.refused,
  "module-declaration-refused": EXIT.refused,
  "author-tools-missing": EXIT.usage,
  "rehearsal-ended": EXIT.refused,
  "already-running": EXIT.refused,
  "services-left-behind": EXIT.refused,
  "port-busy": EXIT.refused,
  "port-conflict": EXIT.usage,
  "port-not-allowed": EXIT.refused,
  "service-died": EXIT.refused,
  "service-not-ready": EXIT.refused,
  "store-alarm": EXIT.refused,
  "licence-not-found": EXIT.usage,
  "licence-none-fits": EXIT.refused,
  "licence-unreadable": EXIT.usage,
  "licence-would-supersede": EXIT.refused,
  "licence-perhaps-recorded": EXIT.refused,
  "file-not-found": EXIT.refused,
  "file-is-directory": EXIT.refused,
  "file-not-regular": EXIT.refused,
  "file-not-readable": EXIT.refused,
  "file-not-writable": EXIT.refused,
  "file-exists": EXIT.refused,
  "file-is-bundle": EXIT.refused,
  "file-empty": EXIT.refused,
  "file-not-json": EXIT.refused,
  "file-binary": EXIT.refused,
  "file-not-utf-8": EXIT.refused,
  "file-too-large": EXIT.refused,
  "key-file-foreign": EXIT.usage,
  "key-file-damaged": EXIT.refused,
  "key-file-refused": EXIT.refused,
  "witness-key-unknown": EXIT.refused,
  "witness-key-ended": EXIT.refused,
  "witness-proof-damaged": EXIT.refused,
  "witness-proof-other": EXIT.usage,
  "request-damaged": EXIT.refused,
  "attestation-damaged": EXIT.refused,
  "witness-unlicensed": EXIT.refused,
  "runtime-differs": EXIT.refused,
  "proposal-differs": EXIT.refused,
  "proposal-ended": EXIT.refused,
  "confirmation-missing": EXIT.usage,
  "not-confirmed": EXIT.refused,
  "passphrase-missing": EXIT.usage,
  "passphrase-refused": EXIT.refused,
  "verify-not-run": EXIT.usage,
  "store-not-examined": EXIT.refused,
  "store-refused": EXIT.refused,
  "decision-not-noted": EXIT.refused,
  "door-answer-unexpected": EXIT.refused,
  "runtime-unreachable": EXIT.unreachable,
  "runtime-foreign": EXIT.unreachable,
  "runtime-version-differs": EXIT.refused,
  "demo-failed": EXIT.refused,
  "selftest-failed": EXIT.refused,
  interrupted: EXIT.interrupted,
} as const satisfies Record<DenialCode, ExitCode> & Record<string, ExitCode>;

export type CliErrorCode = keyof typeof CODES;

/**
 * The one error class of the command. `message` names the value and the limit, `remedy` is one sentence for the
 * person at the terminal; neither holds a secret.
 */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly remedy: string;

  constructor(code: CliErrorCode, message: string, remedy: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
    this.remedy = remedy;
  }

  get exit(): ExitCode {
    return CODES[this.code];
  }
}

/** A denial that was decided or foretold on this machine, told as the door tells it. */
export function denied(decision: Pick<Decision, "reasons">, counterfactual: readonly string[]): CliError {
  const { code, detail } = denialOf(decision);
  return new CliError(
    code,
    detail,
    counterfactual.join(" ") || "Act with another licence: --licence <name|path>",
  );
}
