import { CanonError, canonicalBytes, canonicalize, DOMAINS, LOAS, parseJson } from "@sigil/canon";
import {
  CryptoError,
  concatBytes,
  fromBase64url,
  fromUtf8,
  type SigningKey,
  toBase64url,
  utf8,
  type VerifyKey,
} from "@sigil/crypto";
import { z } from "zod";
import { WireError } from "../error.ts";
import * as a from "../schema/atoms.ts";
import { capability } from "../schema/module.ts";
import { SKEW } from "./header.ts";

const GRANT_MAX = 8192;

/** Upper bounds that a run may use up; they never exceed the host's ceilings. */
export const quotas = z.strictObject({
  cpuMs: z.int().min(1),
  wallMs: z.int().min(1),
  memoryBytes: z.int().min(1),
  hostCalls: z.int().min(0),
});
export type Quotas = z.infer<typeof quotas>;

/** A run grant: what one run of one module may do, for whom, and which key may use it (`hkid`). Seconds. */
export const grantBody = z.strictObject({
  v: z.literal(1),
  run: a.uuid7,
  decision: a.uuid7,
  principal: a.name,
  jti: z.string().max(64),
  loa: a.loa,
  moduleDigest: a.sha256Ref,
  capabilities: z.array(capability).max(32),
  /** The least level of the action behind each host call, by the action table that admitted the run. */
  levels: z.record(a.action, z.enum(["none", "service", ...LOAS])),
  quotas,
  hkid: a.kid,
  iat: z.int().min(0),
  exp: z.int().min(0),
});
export type Grant = z.infer<typeof grantBody>;

const signed = (bytes: Uint8Array) => concatBytes(utf8(`${DOMAINS.grant}\n`), bytes);

/** The `Sigil-Grant` header: `b64url(JCS(body)) "." b64url(signature)` under `SIGIL-GRANT-V1`. */
export function mintGrant(body: Grant, key: SigningKey): string {
  const bytes = canonicalBytes(grantBody.parse(body));
  return `${toBase64url(bytes)}.${toBase64url(key.sign(signed(bytes)))}`;
}

/**
 * Returns the grant that a header carries: canonical, signed by `key`, within its time (±30 s), and, when
 * `holder` is given, made for that key. Whether its run is still open is SigilDERG's table to say.
 * Throws WireError with a `grant-*` code; `now` in milliseconds.
 */
export function verifyGrant(
  header: string | undefined,
  key: VerifyKey,
  options: { now: number; holder?: string },
): Grant {
  if (header === undefined) throw new WireError("grant-missing", "the request carries no Sigil-Grant header");
  const parts = header.split(".");
  const [head, tail] = parts;
  if (header.length > GRANT_MAX || parts.length !== 2 || head === undefined || tail === undefined) {
    throw new WireError(
      "grant-malformed",
      `a grant is two base64url parts of at most ${GRANT_MAX} characters`,
    );
  }
  const { bytes, signature, grant } = decode(head, tail);
  try {
    key.verify(signed(bytes), signature);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new WireError("grant-signature", "the grant's signature does not verify", { cause });
  }
  const seconds = options.now / 1000;
  if (grant.iat > seconds + SKEW)
    throw new WireError("grant-future", `the grant was issued more than ${SKEW} s ahead of this clock`);
  if (grant.exp < seconds - SKEW)
    throw new WireError("grant-expired", "the grant has expired; start a new run");
  if (options.holder !== undefined && grant.hkid !== options.holder) {
    throw new WireError("grant-holder", "the grant was minted for another key");
  }
  return grant;
}

function decode(head: string, tail: string): { bytes: Uint8Array; signature: Uint8Array; grant: Grant } {
  try {
    const bytes = fromBase64url(head);
    const text = fromUtf8(bytes);
    const value = parseJson(text, { maxBytes: GRANT_MAX, maxDepth: 8 });
    if (canonicalize(value) !== text)
      throw new WireError("grant-malformed", "the grant is not in canonical form (RFC 8785)");
    return { bytes, signature: fromBase64url(tail), grant: grantBody.parse(value) };
  } catch (cause) {
    if (cause instanceof WireError) throw cause;
    if (cause instanceof CryptoError || cause instanceof CanonError || cause instanceof z.ZodError) {
      throw new WireError(
        "grant-malformed",
        "the grant is not a canonical JSON object of the grant's shape",
        { cause },
      );
    }
    throw cause;
  }
}
