import {
  type CanonRecord,
  completeDraft,
  type RecordDraft,
  recordHash,
  signRecord,
  verifyRecord,
} from "@sigil/canon";
import { type SigningKey, sha256, toHex, utf8 } from "@sigil/crypto";
import { compareLoa } from "@sigil/policy";
import { type KeyStatus, ProblemError } from "@sigil/wire";
import type { Authority } from "../src/domain/authority.ts";
import type {
  AppendBatch,
  AppendResult,
  PlacedRecord,
  RecordPage,
  RecordQuery,
  SignedHead,
  Store,
  StoredRecord,
} from "../src/domain/records/store.ts";

/** A store in memory that keeps the rules of the interface; the store suite holds it to them. */
export class MemoryStore implements Store {
  readonly #key: SigningKey;
  readonly #answers = new Map<string, { readonly content: string; readonly answer: AppendResult }>();
  #log: StoredRecord[] = [];
  /** When set, every write is refused as an unreachable store's would be. */
  down = false;

  constructor(key: SigningKey) {
    this.#key = key;
  }

  get records(): readonly CanonRecord[] {
    return this.#log.map(({ signed }) => signed.record);
  }

  async append(batch: AppendBatch, _authority: Authority): Promise<AppendResult> {
    if (this.down) throw new ProblemError("audit-unavailable", "the store is off");
    const slot = batch.idempotency && JSON.stringify(batch.idempotency);
    const before = slot === undefined ? undefined : this.#answers.get(slot);
    const content = contentOf(batch);
    if (before !== undefined && before.content !== content)
      throw new ProblemError("idempotency-conflict", "the key stands for another request");
    if (before !== undefined) return { ...before.answer, replayed: true };
    const { before: by, tips = [] } = batch.require ?? {};
    const now = new Date().toISOString();
    if (by !== undefined && now >= by) throw new ProblemError("too-late", now);
    for (const { stream, prev } of tips) {
      const tip = this.#log.findLast(({ signed }) => signed.record.stream === stream);
      if ((tip?.rh ?? null) !== prev) throw new ProblemError("prev-not-tip", stream);
    }
    const next = [...this.#log];
    const records = batch.records.map((record) => place(record, next, this.#key));
    this.#log = next;
    const answer = { records, replayed: false };
    if (slot !== undefined) this.#answers.set(slot, { content, answer });
    return answer;
  }

  async read(id: string, authority: Authority): Promise<StoredRecord | undefined> {
    return this.#log.find((stored) => stored.signed.record.id === id && readable(stored, authority));
  }

  async query(query: RecordQuery, authority: Authority): Promise<RecordPage> {
    const from = placeOf(query, authority);
    const ordered = query.order === "asc" ? this.#log : this.#log.toReversed();
    const found = ordered.filter(
      (stored) =>
        readable(stored, authority) &&
        matches(stored.signed.record, query) &&
        (query.after === undefined || stored.index > query.after) &&
        (from === undefined || (query.order === "asc" ? stored.index > from : stored.index < from)),
    );
    const records = found.slice(0, query.limit);
    const last = records.at(-1);
    const more = found.length > records.length && last !== undefined;
    return { records, next: more ? `${last.index}-${boundOf(query, authority)}` : null };
  }

  erasable(): Promise<never> {
    return treeless();
  }

  bundle(): AsyncIterable<never> {
    throw new ProblemError("store-read-only", "this store keeps no tree");
  }

  checkpoint(): Promise<SignedHead> {
    return treeless();
  }

  keyStatus(): Promise<KeyStatus> {
    return treeless();
  }

  rotateKek(): Promise<string> {
    return treeless();
  }

  rotateSigning(): Promise<never> {
    return treeless();
  }

  tile(): Promise<Uint8Array> {
    return treeless();
  }

  consistency(): Promise<string[]> {
    return treeless();
  }

  inclusion(): Promise<string> {
    return treeless();
  }
}

/** What a repeated write must say again: all but id, time, salt, place and decision. */
function contentOf({ records }: AppendBatch): string {
  return JSON.stringify(
    records.map(({ kind, space, stream, loa, links, payload, author }) => {
      return { kind, space, stream, loa, links, payload, author: { ...author, decision: undefined } };
    }),
  );
}

function place(record: RecordDraft | CanonRecord, log: StoredRecord[], key: SigningKey): PlacedRecord {
  const tip = log.findLast((stored) => stored.signed.record.stream === record.stream);
  const seq = tip === undefined ? 0 : tip.signed.record.seq + 1;
  const prev = tip?.rh ?? null;
  if ("seq" in record && (record.seq !== seq || record.prev !== prev)) {
    throw new ProblemError("prev-not-tip", `${record.stream} is at position ${seq}`);
  }
  if (log.some((stored) => stored.signed.record.id === record.id)) {
    throw new ProblemError("record-id-taken", record.id);
  }
  const complete =
    "seq" in record ? record : completeDraft(record, { seq, prev, ts: new Date().toISOString() });
  const signed = verifyRecord(signRecord(complete, key), key.publicKey);
  const index = log.length;
  const hash = recordHash(complete);
  const ch = `sha256:${toHex(sha256(utf8(hash)))}`;
  log.push({ index, ch, rh: hash, signed });
  return { id: complete.id, hash, index, stream: complete.stream, seq, ts: complete.ts, ch };
}

function readable({ signed }: StoredRecord, authority: Authority): boolean {
  return compareLoa(signed.record.loa, authority.loa) <= 0;
}

function matches(record: CanonRecord, query: RecordQuery): boolean {
  const { kind, kinds, stream, principal, tag, space } = query;
  const tags = record.payload.tags;
  return (
    (kind === undefined || record.kind === kind) &&
    (kinds === undefined || kinds.includes(record.kind)) &&
    (stream === undefined || record.stream === stream) &&
    (principal === undefined || record.author.principal === principal) &&
    (space === undefined || record.space === space) &&
    (query.loa === undefined || record.loa === query.loa) &&
    (query.since === undefined || record.ts >= query.since) &&
    (query.until === undefined || record.ts < query.until) &&
    (tag === undefined || (Array.isArray(tags) && tags.includes(tag)))
  );
}

async function treeless(): Promise<never> {
  throw new ProblemError("store-read-only", "this store keeps no tree");
}

/** What a cursor is good for: this filter, this order, this level. */
function boundOf({ cursor: _cursor, limit: _limit, ...filter }: RecordQuery, { loa }: Authority): string {
  return toHex(sha256(utf8(JSON.stringify([loa, Object.entries(filter).toSorted()]))));
}

function placeOf(query: RecordQuery, authority: Authority): number | undefined {
  if (query.cursor === undefined) return undefined;
  const [index, bound] = query.cursor.split("-");
  if (bound === boundOf(query, authority)) return Number(index);
  throw new ProblemError("cursor-invalid", "the cursor was issued for another query");
}
