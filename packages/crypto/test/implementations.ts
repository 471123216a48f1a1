import * as native from "../src/index.ts";
import * as portable from "../src/portable.ts";

/** Both entries: every promise about what both export is tested for each. */
export const implementations = [
  { name: "native", api: native as typeof portable },
  { name: "portable", api: portable },
] as const;

/** What `act` returns, or the code of the error of this package that it throws. Any other error goes on. */
export function outcome<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (error instanceof native.CryptoError) return error.code;
    throw error;
  }
}

/** The code of the error that `act` throws, or a sentence that no test expects. */
export function codeOf(act: () => unknown): string {
  return outcome(() => {
    act();
    return "nothing was thrown";
  });
}
