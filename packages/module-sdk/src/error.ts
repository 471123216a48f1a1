/** What this package refuses, as kebab-case facts. The list is closed. */
export type ModuleErrorCode =
  | "module-without-run"
  | "input-missing"
  | "capability-unknown"
  | "capability-twice"
  | "output-field-invalid"
  | "output-field-unknown";

/** The only error that this package throws. A run that ends with it is recorded as ManualReview, with its message. */
export class ModuleError extends Error {
  readonly code: ModuleErrorCode;

  constructor(code: ModuleErrorCode, message: string) {
    super(message);
    this.name = "ModuleError";
    this.code = code;
  }
}
