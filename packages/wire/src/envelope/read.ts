import { CanonError, canonicalize, type Json, parseJson } from "@sigil/canon";
import { CryptoError, fromBase64url, fromUtf8 } from "@sigil/crypto";
import { WireError } from "../error.ts";
import { ENVELOPE_MAX, type ProtectedHeader, protectedHeader } from "./header.ts";

/** An envelope whose form is settled and whose truth is not: nothing in it may be believed yet. */
export interface UnverifiedEnvelope {
  readonly fields: ProtectedHeader;
  readonly protectedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const known = new Set(Object.keys(protectedHeader.shape));

/**
 * Reads the form of an envelope in the fixed order: size, exactly one header, strict base64url, strict JSON,
 * `JCS(parse(x)) === x`, closed schema. Throws the `envelope-*` code of the first check that fails.
 */
export function readEnvelope(headers: readonly string[]): UnverifiedEnvelope {
  for (const value of headers) {
    if (value.length > ENVELOPE_MAX) {
      throw new WireError(
        "envelope-too-large",
        `the envelope has ${value.length} characters, the limit is ${ENVELOPE_MAX}`,
      );
    }
  }
  const [header] = headers;
  if (header === undefined)
    throw new WireError("envelope-missing", "the request carries no Sigil-Envelope header");
  if (headers.length > 1) {
    throw new WireError(
      "envelope-duplicate",
      `the request carries ${headers.length} Sigil-Envelope headers, one is allowed`,
    );
  }
  const parts = header.split(".");
  const [head, tail] = parts;
  if (parts.length !== 2 || head === undefined || tail === undefined) {
    throw new WireError("envelope-malformed", "the envelope is not two parts joined by one dot");
  }
  const protectedBytes = decode(head, "protected part");
  const signature = decode(tail, "signature");
  const value = parse(protectedBytes);
  return { fields: shape(value), protectedBytes, signature };
}

function decode(part: string, what: string): Uint8Array {
  try {
    return fromBase64url(part);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new WireError("envelope-malformed", `the ${what} is not strict base64url`, { cause });
  }
}

function parse(bytes: Uint8Array): { [key: string]: Json } {
  let value: Json;
  let canonical: string;
  let text: string;
  try {
    text = fromUtf8(bytes);
    value = parseJson(text, { maxBytes: ENVELOPE_MAX, maxDepth: 4 });
    canonical = canonicalize(value);
  } catch (cause) {
    if (!(cause instanceof CanonError || cause instanceof CryptoError)) throw cause;
    throw new WireError("envelope-malformed", `the protected part is not acceptable JSON: ${cause.code}`, {
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError("envelope-malformed", "the protected part is not a JSON object");
  }
  if (canonical !== text) {
    throw new WireError(
      "envelope-not-canonical",
      "the protected part is not the canonical form (RFC 8785) of itself",
    );
  }
  return value;
}

function shape(value: { [key: string]: Json }): ProtectedHeader {
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new WireError(
      "envelope-unknown-field",
      `the protected part has the field ${JSON.stringify(unknown.slice(0, 64))}, which is not defined`,
    );
  }
  const result = protectedHeader.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new WireError(
    "envelope-field",
    `${issue?.path.map(String).join(".") ?? "a field"}: ${issue?.message ?? "invalid"}`,
  );
}
