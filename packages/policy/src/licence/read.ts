import { CanonError, type Json, parseJson } from "@sigil/canon";
import { CryptoError, fromBase64url } from "@sigil/crypto";
import { PolicyError } from "../error.ts";
import { LICENCE_ALGORITHM, LICENCE_MAX, LICENCE_TYPE } from "./claims.ts";

/** A licence taken apart, nothing of it believed yet. */
export interface UnverifiedLicence {
  readonly kid: string;
  readonly payload: Json;
}

/** The one licence among what was presented. @throws PolicyError `licence-missing`, `licence-duplicate` */
export function theLicence(presented: string | readonly string[] | undefined): string {
  const all = typeof presented === "string" ? [presented] : (presented ?? []);
  const [token] = all;
  if (token === undefined || token === "") {
    throw new PolicyError(
      "licence-missing",
      "no licence was presented; send `Authorization: Bearer <licence>`",
    );
  }
  if (all.length > 1) {
    throw new PolicyError("licence-duplicate", `${all.length} licences were presented; send exactly one`);
  }
  return token;
}

/**
 * Takes a compact JWS apart: three strict base64url parts of at most 8192 characters, JSON without duplicate keys, header
 * exactly `{alg: "EdDSA", kid, typ: "sigil-license+jwt"}`. One licence has one spelling, so none can pass twice.
 * @throws PolicyError `licence-malformed`, `licence-type`, `licence-algorithm`
 */
export function readLicence(token: string): UnverifiedLicence {
  if (token.length > LICENCE_MAX) throw malformed(`${token.length} characters (limit ${LICENCE_MAX})`);
  const parts = token.split(".");
  const [head, body, signature] = parts;
  if (parts.length !== 3 || head === undefined || body === undefined || signature === undefined) {
    throw malformed(`${parts.length} parts separated by dots, expected 3`);
  }
  const kid = readHeader(decodeJson(head, "header"));
  if (decode(signature, "signature").length !== 64) throw malformed("the signature does not have 64 bytes");
  return { kid, payload: decodeJson(body, "payload") };
}

function readHeader(header: Json): string {
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw malformed("the header is no object");
  const { alg, typ, kid, ...rest } = header;
  if (alg !== LICENCE_ALGORITHM) {
    throw new PolicyError(
      "licence-algorithm",
      `the licence's alg is not ${LICENCE_ALGORITHM}; no other is accepted`,
    );
  }
  if (typ !== LICENCE_TYPE) {
    throw new PolicyError(
      "licence-type",
      `the token's typ is not ${LICENCE_TYPE}; it is something else than a licence`,
    );
  }
  if (typeof kid !== "string") throw malformed("the header names no kid");
  // jwk, jku, x5c, crit and whatever comes: a licence never brings its own key or its own rules.
  const extra = Object.keys(rest).length;
  if (extra > 0) throw malformed(`the header has ${extra} parameters beside alg, kid and typ`);
  return kid;
}

function decode(part: string, name: string): Uint8Array {
  try {
    return fromBase64url(part);
  } catch (cause) {
    if (cause instanceof CryptoError) throw malformed(`the ${name} is not strict base64url`, cause);
    throw cause;
  }
}

function decodeJson(part: string, name: string): Json {
  const bytes = decode(part, name);
  try {
    return parseJson(bytes, { maxBytes: LICENCE_MAX, maxDepth: 8 });
  } catch (cause) {
    if (cause instanceof CanonError) throw malformed(`the ${name} is not strict JSON: ${cause.code}`, cause);
    throw cause;
  }
}

function malformed(fact: string, cause?: unknown): PolicyError {
  return new PolicyError(
    "licence-malformed",
    `the licence is malformed: ${fact}`,
    cause === undefined ? {} : { cause },
  );
}
