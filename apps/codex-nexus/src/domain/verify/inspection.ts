import type { StoreError } from "../error.ts";
import type {
  IdempotencyRow,
  LeafRow,
  NodeKey,
  StoredCheckpoint,
  StoreMeta,
  WrappedKek,
} from "../storage.ts";

/** What stands at a leaf index: a row, nothing, or something that cannot be read. */
export interface InspectedLeaf {
  readonly index: number;
  readonly row?: LeafRow;
  /** Blind indexes of tags, in no order. */
  readonly tags?: readonly Uint8Array[];
  /** `row-malformed` or `page-damaged`. */
  readonly error?: StoreError;
  /** The id, from wherever the engine still has it. */
  readonly id?: string;
}

/**
 * Ciphertext and record hash; and 1 for a row about which the tree does not say everything that there is to check without
 * keys: its own key is gone, or it is a receipt for others.
 */
export type SealedRow = readonly [ct: Buffer, rh: Buffer, special: 0 | 1];

/**
 * One unchanging view of a store, for looking at every part of it however damaged. Unlike `Storage` it goes on where it
 * can: damage of one row is a value, not a throw.
 */
export interface Inspection {
  meta(): Promise<StoreMeta | undefined>;
  keks(): Promise<WrappedKek[]>;
  checkpoint(): Promise<StoredCheckpoint | undefined>;
  /** One past the greatest leaf index that has a row; 0 when none can be read. */
  end(): Promise<number>;
  /** Exactly `count` entries from `from` on. */
  leaves(from: number, count: number): Promise<InspectedLeaf[]>;
  /** In the order asked; undefined where there is none or it cannot be read. */
  nodes(keys: readonly NodeKey[]): Promise<(Uint8Array | undefined)[]>;
  /** Whether the engine computes this node from leaf hashes that it holds, and stores none: then it can only be as they are. */
  derived(key: NodeKey): boolean;
  /**
   * The rows of leaves `from` to `from + count` by what the log commits to, in order; undefined unless all of them are there
   * and well formed. Never throws a StoreError: what it cannot read is for `leaves` to name.
   */
  sealed(from: number, count: number): SealedRow[] | undefined;
  /** The 32-byte hashes of `count` neighbouring nodes, in order; undefined unless all of them are there and well formed. */
  hashes(level: number, from: number, count: number): Buffer[] | undefined;
  /** The last leaf below `end` whose row has this blind index of its stream; undefined for none, or when it cannot be read. */
  lastOf(stream: Uint8Array, end: number): number | undefined;
  /** Every idempotency row. Throws a StoreError at the first that cannot be read, or when the table is gone. */
  idempotency(): Iterable<IdempotencyRow>;
  /** What the engine's own check of its file finds, as sentences. */
  engine(): Promise<string[]>;
  close(): Promise<void>;
}
