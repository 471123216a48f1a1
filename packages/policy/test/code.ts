import { PolicyError, type PolicyErrorCode } from "@sigil/policy";

/** The code that a function is refused with; throws when it is not refused, or not by this package. */
export function codeOf(act: () => unknown): PolicyErrorCode {
  try {
    act();
  } catch (error) {
    if (error instanceof PolicyError) return error.code;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The same of a promise. */
export async function codeOfAsync(promise: Promise<unknown>): Promise<PolicyErrorCode> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof PolicyError) return error.code;
    throw error;
  }
  throw new Error("nothing was refused");
}
