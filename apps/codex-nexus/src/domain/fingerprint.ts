import { canonicalBytes, type Json, MAX_RECORD_BYTES } from "@sigil/canon";
import { concatBytes, sha256, utf8 } from "@sigil/crypto";
import type { RootKeys } from "./keys.ts";
import type { AppendRequest } from "./records.ts";

type Drafts = AppendRequest["records"];

// A retry is decided anew, so its decision and outcome are other records. What must be the same is the effect.
const DECIDING: ReadonlySet<string> = new Set(["decision", "decision.outcome"]);
const LIMITS = { maxBytes: MAX_RECORD_BYTES };

/** The stored name of an idempotency key: HMAC of principal and key. */
export function idempotencyName(root: RootKeys, principal: string, key: string): Uint8Array {
  return root.idempotencyMac(utf8(`SIGIL-IDEMPOTENCY-KEY-V1\n${principal}\n${key}`));
}

/**
 * HMAC over the effects of a request: each record without id, time, salt, position and decision, in order. A request of
 * decisions alone is compared with their bodies as they are.
 */
export function contentFingerprint(root: RootKeys, records: Drafts): Uint8Array {
  const effects = records.filter((record) => !DECIDING.has(record.kind));
  const compared = effects.length > 0 ? effects : records;
  const digests = compared.map(({ kind, space, stream, loa, author, links, payload }) => {
    const { decision: _decision, ...by } = author;
    const content = { kind, space, stream, loa, author: by, links, payload } as unknown as Json;
    return sha256(canonicalBytes(content, LIMITS));
  });
  return root.idempotencyMac(concatBytes(utf8("SIGIL-IDEMPOTENCY-CONTENT-V1\n"), ...digests));
}
