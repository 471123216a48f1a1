/** Why MMF refuses to load a module or to take a run, each with what to do about it. */
const REMEDIES = {
  "module-duplicate": "Remove one of the two packages.",
  "module-unknown": "`sigil module list` names the installed modules.",
  "module-digest-mismatch": "Restart the services after installing modules.",
  "input-invalid": "Correct the place that the message names.",
  "grant-mismatch": "Send the grant that was minted for this run.",
  "replay-module-absent": "Install the version of the module that ran.",
  "replay-engine-differs": "Replay with the release of Sigil that executed the run.",
  "input-record-mismatch": "Send the committed run.input record of this run.",
  "runner-queue-full": "Try again later, or raise mmf.runners.",
  "isolation-unavailable": 'Install bubblewrap, or set mmf.isolation = "process".',
  "runner-start-failed": "Build again; the log says why the runner ended.",
  "modules-unreadable": "Build first (`npm run build`), or correct mmf.modules_dir.",
} as const;

type MmfErrorCode = keyof typeof REMEDIES;

/** The one error class of this app. The message states the value and the limit, `remedy` what to do. */
export class MmfError extends Error {
  readonly code: MmfErrorCode;
  readonly remedy: string;
  constructor(code: MmfErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MmfError";
    this.code = code;
    this.remedy = REMEDIES[code];
  }
}
