import { KINDS, type KindRow } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { type BundleFrame, ProblemError } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Clock } from "../clock.ts";
import { type MadeDecision, recording } from "../decisions/decisions.ts";
import { listMemory, type MemoryQuery } from "./memory.ts";
import { mayKnow, mayKnowOwned } from "./ownership.ts";
import type { RecordPage, Store } from "./store.ts";
import { decidedWrite, orFailed } from "./transaction.ts";
import { memoryView } from "./views.ts";

/** Exports that are read at once. Each holds a connection to the store for as long as its caller reads. */
const MOST_EXPORTS = 4;

/** Blocks that a memory export holds at once: each has 192 KiB of text at most. */
const MEMORY_PAGE = 50;

interface Leaving {
  readonly made: MadeDecision;
  /** Ends the export: the caller is gone. */
  readonly signal: AbortSignal;
  /** Asked before each frame is told; a throw breaks the export off. */
  readonly stillGood: () => void;
}

interface Exported extends Leaving {
  readonly ids: readonly string[];
}

interface ExportedMemory extends Leaving {
  readonly filter: Pick<MemoryQuery, "tag" | "type">;
}

/** Proof bundles and memories on their way to their callers, frame by frame: a large one is never held. */
export class Exports {
  readonly #parts: { readonly store: Store; readonly key: SigningKey; readonly now: Clock };
  #open = 0;

  constructor(parts: { readonly store: Store; readonly key: SigningKey; readonly now: Clock }) {
    this.#parts = parts;
  }

  get open(): number {
    return this.#open;
  }

  /**
   * The JSON of a proof bundle of these records, in pieces, each verified under the pinned trust file before it is handed
   * out. A decision that is recorded by itself lands with its outcome before anything leaves; what fails later breaks the
   * text off.
   * @throws ProblemError `not-found` naming the first record that the caller may not have; `exports-full`; what the store refuses
   */
  async begin(exported: Exported): Promise<AsyncGenerator<string>> {
    const { made, ids } = exported;
    const ended = new AbortController();
    const authority = authorityOf(made);
    const leave = this.#enter(exported.signal, () => {
      // Nobody waits for it: the store's work ends with the connection.
      ended.abort();
      void frames.return?.();
    });
    const signal = AbortSignal.any([exported.signal, ended.signal]);
    const frames = this.#parts.store.bundle(ids, authority, signal)[Symbol.asyncIterator]();
    try {
      const first = await orFailed(this.#parts, made, async () => {
        const head = headOf(await frames.next());
        requireAll(ids, head.records, authority.principal, made.id);
        return head;
      });
      const { key, now, store } = this.#parts;
      if (recording(made) === "durable")
        await store.append({ records: decidedWrite(made, [], key, now) }, authority);
      return bundleText(first, frames, exported, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * The memory blocks that the caller may read, oldest first, each one line of JSON (a `MemoryView`). A page of them is held
   * at a time, every record of it verified. The decision and its outcome land before anything leaves.
   * @throws ProblemError `exports-full`; what the store refuses
   */
  async memory(exported: ExportedMemory): Promise<AsyncGenerator<string>> {
    const { made, filter, signal, stillGood } = exported;
    const { key, now, store } = this.#parts;
    const authority = authorityOf(made);
    const leave = this.#enter(signal, () => {});
    const page = (cursor: string | undefined) =>
      listMemory(store, { ...filter, cursor, order: "asc", limit: MEMORY_PAGE }, authority);
    try {
      const first = await orFailed(this.#parts, made, () => page(undefined));
      await store.append({ records: decidedWrite(made, [], key, now) }, authority);
      return memoryText(first, page, stillGood, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Takes a place among the exports; what it returns gives it back once, and runs `last`. */
  #enter(signal: AbortSignal, last: () => void): () => void {
    if (this.#open >= MOST_EXPORTS) {
      throw new ProblemError("exports-full", `${this.#open} exports are being read now, which is the limit`, {
        retryAfter: 5,
      });
    }
    this.#open += 1;
    let left = false;
    const leave = () => {
      if (!left) this.#open -= 1;
      left = true;
      last();
    };
    // By the signal too: an export that nobody has begun to read never reaches its own end.
    signal.addEventListener("abort", leave, { once: true });
    return leave;
  }
}

async function* memoryText(
  first: RecordPage,
  page: (cursor: string) => Promise<RecordPage>,
  stillGood: () => void,
  leave: () => void,
): AsyncGenerator<string> {
  try {
    for (let { records, next } = first; ; { records, next } = await page(next)) {
      stillGood();
      if (records.length > 0)
        yield records.map((record) => `${JSON.stringify(memoryView(record))}\n`).join("");
      if (next === null) return;
    }
  } finally {
    leave();
  }
}

/** What the store adds by itself: how keys followed each other, and who agreed to what. */
const PROVING: ReadonlySet<string> = new Set([
  "key.rotated",
  "quorum.entered",
  ...Object.entries(KINDS).flatMap(([kind, { governed }]: [string, KindRow]) => (governed ? [kind] : [])),
  "proposal.created",
  "proposal.vote",
  "record.erased",
]);

type Head = Extract<BundleFrame, { head: unknown }>;

function headOf({ value, done }: IteratorResult<BundleFrame>): Head {
  if (done !== true && "head" in value) return value;
  throw new ProblemError("peer-not-believed", "the bundle has no head");
}

function requireAll(
  ids: readonly string[],
  records: Head["records"],
  principal: string,
  decisionId: string,
): void {
  const known = new Map(records.map((record) => [record.id, record]));
  const withheld = ids.find((id) => {
    const record = known.get(id);
    return record === undefined || !mayKnowOwned(record, principal);
  });
  if (withheld === undefined) return;
  throw new ProblemError("not-found", `there is no record ${withheld} that you may export`, { decisionId });
}

/** What the store said first of the records is held against the records themselves, which are signed. */
async function* bundleText(
  { head }: Head,
  frames: AsyncIterator<BundleFrame>,
  { ids, made, stillGood }: Exported,
  leave: () => void,
): AsyncGenerator<string> {
  const missing = new Set(ids);
  const principal = made.body.principal;
  try {
    yield `${JSON.stringify(head).slice(0, -1)},"entries":[`;
    let separator = "";
    for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
      stillGood();
      if ("head" in next.value) throw new ProblemError("peer-not-believed", "the bundle has two heads");
      for (const { record } of next.value.entries) {
        if (record === undefined) continue;
        const { id, kind, space } = record.record;
        const asked = missing.delete(id);
        if (asked && !mayKnow(record.record, principal))
          throw new ProblemError("peer-not-believed", "a record is another's than the store said");
        if (!asked && (space !== "system" || !PROVING.has(kind)))
          throw new ProblemError("peer-not-believed", `a ${kind} came that nobody asked for`);
      }
      yield separator + JSON.stringify(next.value.entries).slice(1, -1);
      separator = ",";
    }
    if (missing.size > 0) throw new ProblemError("peer-not-believed", `${missing.size} records did not come`);
    yield "]}";
  } finally {
    leave();
  }
}
