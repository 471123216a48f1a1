import type { CanonRecord, Loa, RecordDraft, VerifiedRecord } from "@sigil/canon";

/** What must hold in the moment in which records land. */
export interface Precondition {
  /** RFC 3339 as in a record: the time that the store gives them is before it. */
  readonly before?: string | undefined;
  /** The hash with which each stream ends before them; null for an empty one. */
  readonly tips?: readonly { readonly stream: string; readonly prev: string | null }[] | undefined;
}

/** Records that land together, in this order, in one transaction or not at all. */
export interface AppendRequest {
  readonly records: readonly (RecordDraft | CanonRecord)[];
  readonly require?: Precondition;
  readonly idempotency?: { readonly principal: string; readonly key: string };
}

/** Where a record landed. */
export interface StoredPlace {
  readonly id: string;
  readonly hash: string;
  readonly index: number;
  readonly stream: string;
  readonly seq: number;
  readonly ts: string;
  readonly ch: string;
}

/** A record as it is answered: verified, with what its leaf binds. */
export interface StoredRecord {
  readonly index: number;
  readonly ch: string;
  readonly rh: string;
  readonly signed: VerifiedRecord;
}

/** Every given field must match. */
export interface RecordQuery {
  readonly kind?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly stream?: string | undefined;
  readonly principal?: string | undefined;
  readonly tag?: string | undefined;
  readonly space?: "user" | "system" | undefined;
  /** Exactly this level; one that the reader may not read gives nothing. */
  readonly loa?: Loa | undefined;
  /** RFC 3339 as in a record: from then on. */
  readonly since?: string | undefined;
  /** Before then. */
  readonly until?: string | undefined;
  /** Only leaves after this one, in either order. */
  readonly after?: number | undefined;
  /** What the asker selects by beside this: the cursor is bound to it, and nothing else is. */
  readonly bound?: string | undefined;
  readonly order: "asc" | "desc";
  /** 1 to 200. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Whether the author has placed the record itself. */
export function isComplete(record: RecordDraft | CanonRecord): record is CanonRecord {
  return "seq" in record;
}
