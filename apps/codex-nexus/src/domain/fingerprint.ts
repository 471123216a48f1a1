import { canonicalBytes, type Json, MAX_RECORD_BYTES } from "@sigil/canon";
import { concatBytes, equalBytes, sha256, utf8 } from "@sigil/crypto";
import type { RootKeys } from "./keys.ts";
import type { AppendRequest } from "./records.ts";
import type { IdempotencyRow } from "./storage.ts";

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

type Unsealed = Omit<IdempotencyRow, "mac">;

/** A row with its MAC. */
export function sealIdempotency(root: RootKeys, row: Unsealed): IdempotencyRow {
  return { ...row, mac: rowMac(root, row) };
}

/** Whether this store wrote the row as it is. */
export function ownIdempotency(root: RootKeys, row: IdempotencyRow): boolean {
  const { key, fingerprint, first, count, mac } = row;
  // A damaged page gives any value in any column.
  const bytes = [key, fingerprint, mac].every((value: unknown) => value instanceof Uint8Array);
  if (!bytes || !Number.isSafeInteger(first) || !Number.isSafeInteger(count)) return false;
  return equalBytes(rowMac(root, row), mac);
}

/** HMAC over key and fingerprint (32 bytes each) and both numbers (u64be), under a domain line of its own. */
function rowMac(root: RootKeys, { key, fingerprint, first, count }: Unsealed): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(16));
  // Whatever an edited row holds must have a MAC, only not the right one.
  numbers.setBigUint64(0, BigInt.asUintN(64, BigInt(first)));
  numbers.setBigUint64(8, BigInt.asUintN(64, BigInt(count)));
  const lengths = Uint8Array.of(key.length, fingerprint.length);
  return root.idempotencyMac(
    concatBytes(
      utf8("SIGIL-IDEMPOTENCY-ROW-V1\n"),
      lengths,
      key,
      fingerprint,
      new Uint8Array(numbers.buffer),
    ),
  );
}
