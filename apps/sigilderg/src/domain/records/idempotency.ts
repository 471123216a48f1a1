import { ProblemError } from "@sigil/wire";

/**
 * The Idempotency-Key of a request, as the store takes it.
 * @throws ProblemError `idempotency-key-invalid` unless it is 1 to 128 visible ASCII characters
 */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || /^[\x21-\x7e]{1,128}$/.test(header)) return header;
  throw new ProblemError(
    "idempotency-key-invalid",
    `the Idempotency-Key has ${header.length} characters or a forbidden one`,
  );
}
