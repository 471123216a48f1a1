import type { CompletedNode, Loa, Space } from "@sigil/canon";

/**
 * One stored record. In clear: index, id, kind, space, loa, ts, kekId. Everything else that is looked up is a blind
 * index; the record itself is only in `ct`.
 */
export interface LeafRow {
  /** Leaf index in the log, from 0 without gaps. */
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  readonly space: string;
  readonly loa: string;
  readonly ts: string;
  readonly kekId: string;
  /** nonce (12) ‖ wrapped key (32) ‖ tag (16); null once the key is destroyed. */
  readonly wrappedDek: Uint8Array | null;
  /** Leaf index of the receipt of the erasure; absent when there is a key, and when a key is gone without one. */
  readonly erasedBy?: number;
  /** nonce (12) ‖ ciphertext ‖ tag (16) of the signed record. */
  readonly ct: Uint8Array;
  /** The 32 bytes of the record hash. */
  readonly rh: Uint8Array;
  /** Blind index of the stream, 16 bytes. */
  readonly stream: Uint8Array;
  /** Blind index of the author's principal, 16 bytes. */
  readonly principal: Uint8Array;
}

export interface NewLeaf extends LeafRow {
  readonly kind: string;
  readonly space: Space;
  readonly loa: Loa;
  /** Blind indexes of the tags, 16 bytes each, without repeats. */
  readonly tags: readonly Uint8Array[];
}

export type TreeNode = CompletedNode;

/** The signed head of the log. `note` is the C2SP signed note over size and root. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

/** A key-encryption key under the root key. */
export interface WrappedKek {
  readonly id: string;
  readonly wrapped: Uint8Array;
  readonly createdAt: string;
  /** New records are sealed under the active one; the others still open what they sealed. */
  readonly active: boolean;
}

/** What hangs on a KEK. */
export interface KekUse {
  readonly id: string;
  readonly createdAt: string;
  readonly active: boolean;
  /** Keys of records that are wrapped under it now. */
  readonly live: number;
  /** Keys that were ever wrapped under it: each took a random nonce. */
  readonly wraps: number;
  /** Of the active KEK: every leaf below is wrapped under it, or its key is gone. */
  readonly walked: number;
}

/** The wrapped key of a row, without the record. */
export type WrappedKeyRow = Pick<LeafRow, "index" | "id" | "kekId" | "wrappedDek">;

/** A wrapped key and what stands in its place afterwards. */
export interface RewrappedKey {
  readonly index: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** What a store says about itself in clear. */
export interface StoreMeta {
  /** Origin of epoch 0; bound into every row and key. */
  readonly origin: string;
  readonly epoch: number;
  /** 32 bytes that only the right root key gives. */
  readonly keyCheck: Uint8Array;
  readonly createdAt: string;
}

/** What one idempotency key stands for. */
export interface IdempotencyRow {
  /** HMAC of principal and key, 32 bytes. */
  readonly key: Uint8Array;
  /** HMAC of the content, 32 bytes. */
  readonly fingerprint: Uint8Array;
  readonly first: number;
  readonly count: number;
  /** HMAC of the four above, 32 bytes: a row that somebody else wrote or changed is not believed. */
  readonly mac: Uint8Array;
}

/** What one receipt destroys. */
export interface Erasure {
  /** Leaf index of the receipt. */
  readonly receipt: number;
  /** Leaves whose wrapped keys, tags and principals are overwritten. */
  readonly leaves: readonly number[];
  /** What is left of the idempotency rows that covered them. */
  readonly idempotency: readonly IdempotencyRow[];
}

/** Everything of one commit. It lands whole or not at all. */
export interface CommitBatch {
  readonly leaves: readonly NewLeaf[];
  readonly nodes: readonly TreeNode[];
  readonly checkpoint: StoredCheckpoint;
  readonly idempotency: readonly IdempotencyRow[];
  readonly erasures?: readonly Erasure[];
  /** Present in the first commit after a restore, and only there. */
  readonly epoch?: number;
  /** Present in the first commit of a store, and only there. */
  readonly birth?: { readonly meta: StoreMeta; readonly kek: WrappedKek };
}

/** Every given field must match. `after` is exclusive in the direction of `order`. */
export interface PageQuery {
  readonly kinds?: readonly string[];
  readonly space?: string;
  readonly loas: readonly string[];
  readonly stream?: Uint8Array;
  readonly principal?: Uint8Array;
  readonly tag?: Uint8Array;
  /** Times from the first on and before the second, as they stand in the column. */
  readonly since?: string;
  readonly until?: string;
  /** Leaves from the first on and below the second. */
  readonly within?: { readonly from: number; readonly to: number };
  readonly order: "asc" | "desc";
  readonly after?: number;
  readonly limit: number;
  /** Ends with the row whose ciphertext makes them exceed this together: it may be held whole, and none behind it. */
  readonly bytes?: number;
}

export interface NodeKey {
  readonly level: number;
  readonly index: number;
}

/**
 * What the domain needs of an engine. Asynchronous, and nothing in it assumes SQLite or one process. Rows come back as
 * they are stored: who reads verifies. A row or page that cannot be read throws `row-malformed` or `page-damaged`; a
 * commit that fails throws `commit-failed`, and what it left behind is known only after reading the checkpoint again.
 */
export interface Storage {
  /** Brings an older store to the present layout; called once the root key is known to be right. */
  upgrade(): Promise<void>;
  /** Undefined for a store without a first commit. */
  meta(): Promise<StoreMeta | undefined>;
  keks(): Promise<WrappedKek[]>;
  /** In order of creation. */
  kekUses(): Promise<KekUse[]>;
  /** Stores a KEK as the active one; every other stays, to open what it wrapped. */
  addKek(kek: WrappedKek): Promise<void>;
  /** Wrapped keys from a leaf index on, in order; rows whose key is gone included. */
  wrappedKeys(from: number, limit: number): Promise<WrappedKeyRow[]>;
  /**
   * Puts keys under a KEK and notes how far it came, in one transaction. A row whose key is no longer `before` is left as it
   * is. Nothing but the wrapped key and its KEK id changes.
   */
  rewrap(kekId: string, keys: readonly RewrappedKey[], walked: number): Promise<void>;
  /** Destroys a KEK that is not active and wraps nothing; false otherwise. */
  destroyKek(id: string): Promise<boolean>;
  checkpoint(): Promise<StoredCheckpoint | undefined>;
  /** Acknowledges only what is durable. */
  commit(batch: CommitBatch): Promise<void>;
  /**
   * Whether a commit of so many bytes could land now: writes as many durably where commits go, removes them, and commits
   * without changing anything. Throws `commit-failed` as a commit would.
   */
  tryWriting(bytes: number): Promise<void>;
  leaf(index: number): Promise<LeafRow | undefined>;
  leafById(id: string): Promise<LeafRow | undefined>;
  /** Which of the ids a row has. */
  taken(ids: readonly string[]): Promise<readonly string[]>;
  /** The rows from a leaf index on, in order; fewer than `count` where rows are missing. */
  leaves(from: number, count: number): Promise<LeafRow[]>;
  /** The newest row of a stream. */
  streamTip(stream: Uint8Array): Promise<LeafRow | undefined>;
  streamLength(stream: Uint8Array): Promise<number>;
  page(query: PageQuery): Promise<LeafRow[]>;
  /** In the order asked; undefined where there is none. */
  nodes(keys: readonly NodeKey[]): Promise<(Uint8Array | undefined)[]>;
  idempotency(key: Uint8Array): Promise<IdempotencyRow | undefined>;
  /** Every row whose range covers one of the leaves. */
  idempotencyOver(leaves: readonly number[]): Promise<IdempotencyRow[]>;
  /**
   * Makes what commits overwrote unreadable in the engine's own files, its write-ahead log included. False when a reader
   * still holds an older view: try again later.
   */
  scrub(): Promise<boolean>;
  close(): Promise<void>;
}
