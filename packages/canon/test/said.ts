import { CryptoError } from "@sigil/crypto";
import { CanonError } from "../src/index.ts";

/** `<code>: <message>` of the refusal that `act` throws, with the code of its cause. */
export function said(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof CanonError || error instanceof CryptoError)) throw error;
    const cause = error.cause instanceof CryptoError ? ` < ${error.cause.code}` : "";
    return `${error.code}: ${error.message}${cause}`;
  }
  return "nothing was thrown";
}

/** The code of the refusal that `act` throws; undefined when it throws nothing. */
export function refusal(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof CanonError) return error.code;
    throw error;
  }
  return undefined;
}
