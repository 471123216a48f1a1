import { CanonError } from "@sigil/canon";
import { CryptoError } from "@sigil/crypto";
import { PROBLEMS, type ProblemCode, ProblemError } from "@sigil/wire";

/** Facts of canon that a caller knows by another code. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  "signature-invalid": "bad-signature",
  "key-unknown": "bad-signature",
  "not-eligible": "unknown-witness",
  "witness-revoked": "unknown-witness",
  "key-enrolled": "witness-known",
  "witness-version": "proposal-stale",
};

/** What the rules of witnesses and votes refuse, as a problem: a code of their own, or the place in the body. */
export function voteProblem(cause: unknown): unknown {
  if (!(cause instanceof CanonError || cause instanceof CryptoError)) return cause;
  const detail = cause instanceof CanonError ? cause.message : cause.code;
  const code = CODES[cause.code] ?? cause.code;
  if (Object.hasOwn(PROBLEMS, code)) return new ProblemError(code as ProblemCode, detail, { cause });
  return new ProblemError("body-invalid", `${cause.code}: ${detail}`, {
    missing: [`${cause.code}: ${detail}`],
    cause,
  });
}

// Control characters, and those that turn the direction of what is read: they make a text another one than it seems.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** @throws ProblemError `body-invalid` for a reason with characters that nobody sees */
export function requireReadable(reason: string, field = "reason"): void {
  const found = HIDDEN.exec(reason)?.[0];
  if (found === undefined) return;
  const point = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const detail = `${field} holds the control character ${point}: write one line of plain text`;
  throw new ProblemError("body-invalid", detail, { missing: [`$.${field}: ${detail}`] });
}
