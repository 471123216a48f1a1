import { WireError } from "../error.ts";
import { type PackageCode, type PackageStep, REFUSALS } from "./codes.ts";

export function packageRefusal(code: PackageCode, message: string, cause?: unknown): WireError {
  return new WireError(code, message, { cause, remedy: REFUSALS[code].remedy });
}

/** The step of a verification that failed; undefined for an error that says nothing of a package. */
export function failedStep(error: unknown): PackageStep | undefined {
  if (!(error instanceof WireError) || !Object.hasOwn(REFUSALS, error.code)) return undefined;
  return REFUSALS[error.code as PackageCode].step;
}
