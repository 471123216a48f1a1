import { randomBytes, toBase64url } from "@sigil/crypto";
import { WireError } from "../error.ts";

/** Path of the bodiless challenge by which a service proves itself and says its instance. */
export const CHALLENGE_PATH = "/.well-known/sigil-instance";

export interface Challenge {
  readonly nonce: string;
  /** kid of the caller's channel key: it selects the key of the answer's MAC. */
  readonly kid: string;
}

/** A fresh `Sigil-Challenge` header: 16 random bytes in base64url, a dot, the kid of the caller's channel key. */
export function newChallenge(channelKid: string): { header: string; nonce: string } {
  const nonce = toBase64url(randomBytes(16));
  return { header: `${nonce}.${channelKid}`, nonce };
}

/** Parses a `Sigil-Challenge` header. Throws `challenge-malformed`. */
export function parseChallenge(headers: readonly string[]): Challenge {
  const match = /^([A-Za-z0-9_-]{21}[AQgw])\.([A-Za-z0-9_-]{43})$/.exec(
    headers.length === 1 ? (headers[0] ?? "") : "",
  );
  const [, nonce, kid] = match ?? [];
  if (nonce === undefined || kid === undefined) {
    throw new WireError(
      "challenge-malformed",
      "one Sigil-Challenge header of 16 bytes in base64url, a dot and a channel key id is needed",
    );
  }
  return { nonce, kid };
}
