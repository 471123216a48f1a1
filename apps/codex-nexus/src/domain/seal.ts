import {
  DOMAINS,
  hashAndVerifyRecord,
  type KeySource,
  KINDS,
  type Kind,
  kindRow,
  leafHash,
  parseJson,
  type VerifiedRecord,
} from "@sigil/canon";
import {
  AeadKey,
  aeadOpen,
  aeadSeal,
  aeadSealOnce,
  Secret,
  type SigningKey,
  sha256,
  toBase64url,
  toHex,
  utf8,
} from "@sigil/crypto";
import { CLEAR_COLUMNS, type ClearColumn } from "./columns.ts";
import { StoreError } from "./error.ts";
import type { Kek, KekRing } from "./kek.ts";
import type { LeafRow, WrappedKeyRow } from "./storage.ts";

const ROW_DOMAIN = "SIGIL-ROW-V1";
const DEK_DOMAIN = "SIGIL-DEK-V1";
const SCHEMA_VERSION = "1";
/** The signature and the braces around a record: JCS of `{"record":…,"sig":…}` is never longer than this beyond it. */
const FRAME_BYTES = 512;

type Clear = Pick<LeafRow, ClearColumn>;

// Never a KEK id: rotating a KEK must not touch the row.
const rowContext = (origin: string, row: Clear) => [
  ROW_DOMAIN,
  origin,
  ...CLEAR_COLUMNS.map((column) => row[column]),
  SCHEMA_VERSION,
];
const dekContext = (origin: string, id: string, kekId: string) => [DEK_DOMAIN, origin, id, kekId];

/** A record that has its place and lacks signature and ciphertext. */
export interface Placed {
  /** What stands in clear beside the ciphertext, and is bound to it. */
  readonly clear: Clear;
  /** What is signed: the domain line and the canonical bytes. */
  readonly message: Uint8Array;
  /** Record hash, `sha256:<hex>`. */
  readonly hash: string;
}

/** What sealing makes of a record. */
export interface Sealed {
  readonly ct: Uint8Array;
  readonly wrappedDek: Uint8Array;
  /** `sha256:<hex>` of `ct`. */
  readonly ch: string;
  /** Leaf hash, 32 bytes. */
  readonly leaf: Uint8Array;
}

/** What records are sealed with. The wraps of the KEK are counted by whoever asks. */
export interface SealingKeys {
  readonly origin: string;
  readonly record: Pick<SigningKey, "kid" | "sign">;
  readonly kek: Kek;
}

const RECORD_BEGINS = DOMAINS.record.length + 1;
const FRAME_OPENS = utf8('{"record":');

/** JCS of a signed record. Its members are in order, and a kid and a signature are letters that stand for themselves. */
function signedBytes(record: Uint8Array, kid: string, signature: Uint8Array): Uint8Array {
  const closes = `,"sig":{"alg":"Ed25519","kid":"${kid}","value":"${toBase64url(signature)}"}}`;
  const bytes = new Uint8Array(FRAME_OPENS.length + record.length + closes.length);
  bytes.set(FRAME_OPENS);
  bytes.set(record, FRAME_OPENS.length);
  let at = FRAME_OPENS.length + record.length;
  for (let i = 0; i < closes.length; i += 1) bytes[at++] = closes.charCodeAt(i);
  return bytes;
}

/**
 * Signs a record and seals it under a fresh DEK, and the DEK under the KEK. The row is bound to origin, id, kind, space,
 * loa, ts and schema version; the DEK to origin, id and KEK id.
 */
export function sealRecord({ clear, message, hash }: Placed, { origin, record, kek }: SealingKeys): Sealed {
  const plaintext = signedBytes(message.subarray(RECORD_BEGINS), record.kid, record.sign(message));
  const { sealed, key } = aeadSealOnce(plaintext, rowContext(origin, clear));
  plaintext.fill(0);
  const wrappedDek = aeadSeal(kek.key, key, dekContext(origin, clear.id, kek.id));
  key.fill(0);
  const ch = hashRef(sha256(sealed));
  return { ct: sealed, wrappedDek, ch, leaf: leafHash({ ch, rh: hash }) };
}

/**
 * The DEK of a row under the ring's active KEK, or undefined when there is none to wrap or it does not open: what is
 * damaged stays as it is, for `verify` to name.
 */
export function rewrapDek(row: WrappedKeyRow, origin: string, ring: KekRing): Uint8Array | undefined {
  const kek = ring.get(row.kekId);
  if (row.wrappedDek === null || kek === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = aeadOpen(kek.key, row.wrappedDek, dekContext(origin, row.id, row.kekId));
  } catch {
    return undefined;
  }
  const { key, id } = ring.forWrapping();
  const wrapped = aeadSeal(key, bytes, dekContext(origin, row.id, id));
  bytes.fill(0);
  return wrapped;
}

/** The DEK of a row. Throws `record-erased`, `kek-unknown` or `wrapped-dek`. */
export function openDek(row: LeafRow, origin: string, ring: KekRing): AeadKey {
  if (row.wrappedDek === null) throw new StoreError("record-erased", "the record's key is destroyed");
  const kek = ring.get(row.kekId);
  if (kek === undefined) throw new StoreError("kek-unknown", `the store has no KEK ${row.kekId}`);
  try {
    const bytes = aeadOpen(kek.key, row.wrappedDek, dekContext(origin, row.id, row.kekId));
    const dek = AeadKey.from(Secret.from(bytes));
    bytes.fill(0);
    return dek;
  } catch (cause) {
    throw new StoreError("wrapped-dek", "the wrapped key does not open for this id and KEK", { cause });
  }
}

/** The bytes of a row's signed record. Throws `decrypt` when ciphertext and clear columns do not belong together. */
export function openCiphertext(row: Clear & Pick<LeafRow, "ct">, origin: string, dek: AeadKey): Uint8Array {
  try {
    return aeadOpen(dek, row.ct, rowContext(origin, row));
  } catch (cause) {
    throw new StoreError("decrypt", "the ciphertext does not open with its key and its clear columns", {
      cause,
    });
  }
}

/**
 * Everything that one row can prove: it decrypts, is strict JSON and a well-formed record, its signature verifies, the
 * clear columns say what the record says, and the record hash is the one in the leaf. Throws the check that failed.
 */
export function openRow(row: LeafRow, origin: string, ring: KekRing, keys: KeySource): VerifiedRecord {
  const bytes = openCiphertext(row, origin, openDek(row, origin, ring));
  const { signed, hash: rh } = parseSigned(bytes, row.kind, keys);
  for (const column of CLEAR_COLUMNS) {
    if (signed.record[column] !== row[column]) {
      throw new StoreError(
        "column-mismatch",
        `column ${column} says ${JSON.stringify(row[column])}, the record another`,
      );
    }
  }
  if (rh !== hashRef(row.rh)) {
    throw new StoreError("record-hash", `the record's hash is ${rh}, the leaf says ${hashRef(row.rh)}`);
  }
  return signed;
}

function parseSigned(
  bytes: Uint8Array,
  kind: string,
  keys: KeySource,
): { hash: string; signed: VerifiedRecord } {
  let value: unknown;
  try {
    const maxBytes = Object.hasOwn(KINDS, kind) ? kindRow(kind as Kind).maxBytes : 0;
    // The frame `{record, sig}` is one level around the record.
    value = parseJson(bytes, { maxBytes: maxBytes + FRAME_BYTES, maxDepth: 33 });
  } catch (cause) {
    throw new StoreError("record-malformed", "what was decrypted is not the strict JSON of a record", {
      cause,
    });
  }
  try {
    return hashAndVerifyRecord(value, keys);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    throw new StoreError("signature", `the record does not verify: ${reason}`, { cause });
  }
}

/** `sha256:<hex>` of 32 bytes. */
export function hashRef(bytes: Uint8Array): string {
  return `sha256:${toHex(bytes)}`;
}
