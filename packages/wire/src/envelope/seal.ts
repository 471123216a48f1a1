import { canonicalBytes, DOMAINS } from "@sigil/canon";
import { concatBytes, randomBytes, type SigningKey, sha256, toBase64url, utf8 } from "@sigil/crypto";
import type { Authority, ProtectedHeader } from "./header.ts";

export interface SealInput {
  readonly key: SigningKey;
  /** Who signs, as the registry of the recipient names the key's owner. */
  readonly iss: string;
  readonly sub?: string | undefined;
  /** `<service>/<instance>`, see `audience`. */
  readonly aud: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Raw path and query, byte for byte as it goes on the request line. */
  readonly url: string;
  /** The Content-Type header, empty when there is none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The licence that is presented beside the envelope. */
  readonly licence?: string | undefined;
  /** The Sigil-Grant header that is presented beside the envelope. */
  readonly grant?: string | undefined;
  readonly idem?: string | undefined;
  readonly ctx?: Authority | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seconds until the envelope expires; 30, at most 60. */
  readonly lifetime?: number | undefined;
}

/** SHA-256 of the UTF-8 bytes of a header value, in base64url: how an envelope binds a licence or a grant. */
export function headerDigest(value: string): string {
  return toBase64url(sha256(utf8(value)));
}

/** The bytes under an envelope's signature: `"SIGIL-REQUEST-V1\n" ‖ JCS(protected)`. */
export function signedBytes(protectedBytes: Uint8Array): Uint8Array {
  return concatBytes(utf8(`${DOMAINS.request}\n`), protectedBytes);
}

/**
 * Seals one request. Returns the `Sigil-Envelope` header, `b64url(JCS(protected)) "." b64url(signature)`, and the
 * fresh nonce in it, to which the response's MAC must answer.
 */
export function sealRequest(input: SealInput): { header: string; nonce: string } {
  const iat = Math.floor(input.now / 1000);
  const nonce = toBase64url(randomBytes(16));
  const fields: ProtectedHeader = {
    v: 1,
    typ: "sigil-request",
    alg: "Ed25519",
    kid: input.key.kid,
    iss: input.iss,
    ...(input.sub === undefined ? {} : { sub: input.sub }),
    aud: input.aud,
    htm: input.method,
    htu: input.url,
    ct: input.contentType,
    bd: toBase64url(sha256(input.body)),
    bl: input.body.length,
    iat,
    exp: iat + (input.lifetime ?? 30),
    nonce,
    ...(input.licence === undefined ? {} : { lic: headerDigest(input.licence) }),
    ...(input.grant === undefined ? {} : { grant: headerDigest(input.grant) }),
    ...(input.idem === undefined ? {} : { idem: input.idem }),
    ...(input.ctx === undefined ? {} : { ctx: input.ctx }),
  };
  const bytes = canonicalBytes(fields);
  return { header: `${toBase64url(bytes)}.${toBase64url(input.key.sign(signedBytes(bytes)))}`, nonce };
}
