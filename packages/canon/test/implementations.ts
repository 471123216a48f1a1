import { CryptoError } from "@sigil/crypto";
import * as native from "../src/index.ts";
import * as portable from "../src/portable.ts";

/** Both entries: every promise is tested for each. */
export const implementations = [
  { name: "native", canon: native },
  { name: "portable", canon: portable as unknown as typeof native },
] as const;

/** What `act` returns, or `<code> <path>` of the refusal that it throws. Any other error goes on. */
export function outcome<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (error instanceof native.CanonError) return `${error.code} ${error.path ?? ""}`.trim();
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}

/** The code of the refusal that `act` throws, or a sentence that no test expects. */
export function codeOf(act: () => unknown): string {
  return outcome(() => {
    act();
    return "nothing was thrown";
  }).replace(/ .*/, "");
}
