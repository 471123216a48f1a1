import type { CanonRecord, Loa, RecordDraft, Tile, VerifiedRecord } from "@sigil/canon";
import type { BundleFrame, ErasablePage, KeyStatus, ResponseOf, SigningKeyUse } from "@sigil/wire";
import type { Authority } from "../authority.ts";

/** Where one appended record landed. `hash` is the record hash, `ch` the hash of its stored ciphertext. */
export interface PlacedRecord {
  readonly id: string;
  readonly hash: string;
  readonly index: number;
  readonly stream: string;
  readonly seq: number;
  readonly ts: string;
  readonly ch: string;
}

export interface StoredRecord {
  readonly index: number;
  readonly ch: string;
  readonly rh: string;
  readonly signed: VerifiedRecord;
}

/** Records that land together, in this order, in one transaction or not at all. At most 256. */
export interface AppendBatch {
  readonly records: readonly (RecordDraft | CanonRecord)[];
  readonly idempotency?: { readonly principal: string; readonly key: string };
  /**
   * What must hold in the moment in which they land, or nothing does: `too-late` unless the store's time is before `before`,
   * `prev-not-tip` unless each stream ends with `prev`, null for an empty one.
   */
  readonly require?: {
    readonly before?: string;
    readonly tips?: readonly { readonly stream: string; readonly prev: string | null }[];
  };
}

export interface AppendResult {
  readonly records: readonly PlacedRecord[];
  /** True when the same idempotency key was used before; `records` is then the first answer. */
  readonly replayed: boolean;
}

/** Every given field must match. Results come in log order. */
export interface RecordQuery {
  readonly kind?: string;
  readonly kinds?: readonly string[];
  readonly stream?: string;
  readonly principal?: string;
  readonly tag?: string;
  readonly space?: "user" | "system";
  readonly loa?: Loa;
  /** RFC 3339 as in a record: from then on, and before then. */
  readonly since?: string;
  readonly until?: string;
  /** Only leaves after this one, in either order. */
  readonly after?: number;
  /** Digest of what is selected beside this, see `boundTo`: the cursor holds for it alone. */
  readonly bound?: string;
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly cursor?: string;
}

export interface RecordPage {
  readonly records: readonly StoredRecord[];
  readonly next: string | null;
}

/** A signed checkpoint note and what it says; `root` in padded base64. */
export interface SignedHead {
  readonly checkpoint: string;
  readonly size: number;
  readonly root: string;
}

/** A key of the store that signs. */
export type SigningRole = SigningKeyUse["role"];
/** What a rotation of such a key came to. */
export type RotatedSigningKey = ResponseOf<"codex-nexus POST /v1/keys/signing">;

/**
 * What the control plane needs of the data plane.
 *
 * Every record that comes back has passed its signature under a pinned record key. Every append has been checked
 * against the last checkpoint seen. A refusal is a ProblemError; nothing is half-done.
 */
export interface Store {
  append(batch: AppendBatch, authority: Authority): Promise<AppendResult>;
  /** Undefined when there is no such record, or none that the authority's level may read. */
  read(id: string, authority: Authority): Promise<StoredRecord | undefined>;
  query(query: RecordQuery, authority: Authority): Promise<RecordPage>;
  /** What of a principal can still be erased, in log order after leaf `after`, and the backups that hold it too. */
  erasable(
    query: { readonly principal: string; readonly after?: number; readonly limit: number },
    authority: Authority,
  ): Promise<ErasablePage>;
  /**
   * A proof bundle in frames: its head with what decides who may know of the records, then entries, each frame verified
   * under the trust file. The next is asked for when the one before was taken; whoever stops early ends the store's work.
   */
  bundle(ids: readonly string[], authority: Authority, signal: AbortSignal): AsyncIterable<BundleFrame>;
  /** What hangs on the store's key-encryption keys. */
  keyStatus(authority: Authority): Promise<KeyStatus>;
  /** Begins a rotation and returns the id of the new key-encryption key. */
  rotateKek(authority: Authority): Promise<string>;
  /** Replaces the record or the log key; the rotation is recorded when this resolves. */
  rotateSigning(key: SigningRole, authority: Authority): Promise<RotatedSigningKey>;
  /** The newest signed checkpoint note, its signature verified. */
  checkpoint(): Promise<SignedHead>;
  /** A tile of the log, to be passed on: whoever reads it holds it against a checkpoint. */
  tile(tile: Tile): Promise<Uint8Array>;
  /** An RFC 6962 consistency proof in padded base64, verified by whoever holds the two roots. */
  consistency(from: number, to: number): Promise<readonly string[]>;
  /** A C2SP tlog-proof of a leaf under the newest checkpoint, whose signature is verified. */
  inclusion(index: number): Promise<string>;
}
