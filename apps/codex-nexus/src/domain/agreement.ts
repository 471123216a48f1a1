import { type CanonRecord, LOAS, type Loa, leastApprovals } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { recordedCeremony } from "./ceremony.ts";
import type { RootKeys } from "./keys.ts";
import { readableBy } from "./level.ts";
import type { Reader } from "./reader.ts";
import type { StoredRecord } from "./records.ts";
import type { LeafRow, PageQuery, Storage } from "./storage.ts";

/** Leaves of one request: what a commit wrote and the end of its proposal stand in one. */
const REQUEST_LEAVES = 256;
/** Leaves that are read at once in search of that end: it mostly is the next one. */
const STEP = 8;
const PAGE = 256;

interface Ground {
  readonly storage: Storage;
  readonly root: RootKeys;
  readonly reader: Reader;
}

/**
 * The leaves without which nobody can count who agreed to these records: the ceremony, every change of the witness set before
 * the last of them, and of each the proposal, its votes and its end. None in solo mode, and none where nothing is governed.
 * Throws `not-found` where the reader may not know of one of them: a bundle without it would be refused.
 */
export async function agreementLeaves(
  records: readonly StoredRecord[],
  loa: Loa,
  ground: Ground,
): Promise<ReadonlySet<number>> {
  const found = new Agreement(loa, ground);
  const governed = records.filter(({ signed: { record } }) => concerns(record));
  if (governed.length > 0) await found.collect(governed);
  return found.leaves;
}

/** Kinds of a proposal's life, which are read with the whole of it. */
const PROPOSAL = /^proposal\/(.+)$/;

function concerns(record: CanonRecord): boolean {
  const { kind, stream } = record;
  return (
    leastApprovals(record) !== undefined ||
    kind === "record.erased" ||
    kind === "quorum.entered" ||
    PROPOSAL.test(stream)
  );
}

class Agreement {
  readonly leaves = new Set<number>();
  readonly #ground: Ground;
  readonly #readable: readonly string[];
  readonly #proposals = new Set<string>();

  constructor(loa: Loa, ground: Ground) {
    this.#ground = ground;
    this.#readable = readableBy(loa);
  }

  async collect(governed: readonly StoredRecord[]): Promise<void> {
    const { storage, reader } = this.#ground;
    const ceremony = await recordedCeremony(storage, reader);
    if (ceremony === undefined) return;
    let last = 0;
    for (const each of governed) last = Math.max(last, await this.#about(each, ceremony.index));
    this.#add(await this.#leaf(ceremony.index));
    for (let after = ceremony.index; ; ) {
      const rows = await this.#page({
        kinds: ["witness.change"],
        order: "asc",
        after,
        within: { from: 0, to: last },
      });
      for (const row of rows) {
        this.#add(row);
        await this.#about(reader.open(row), ceremony.index);
        after = row.index;
      }
      if (rows.length < PAGE) return;
    }
  }

  /** What agreed to one record, or what one record of a proposal belongs to; the last leaf that it is about. */
  async #about({ index, signed: { record } }: StoredRecord, ceremony: number): Promise<number> {
    const proposal = PROPOSAL.exec(record.stream)?.[1] ?? (await this.#proposalOf(record, index));
    if (proposal === undefined || index < ceremony || this.#proposals.has(proposal)) return index;
    this.#proposals.add(proposal);
    const { reader, root } = this.#ground;
    const stream = root.blind("stream", `proposal/${proposal}`);
    let last = index;
    for (const row of await this.#page({ stream, order: "asc" })) {
      this.#add(row);
      for (const id of effectsOf(reader.open(row).signed.record)) {
        const effect = await this.#byId(id);
        if (effect !== undefined) this.#add(effect);
        last = Math.max(last, effect?.index ?? 0);
      }
    }
    return last;
  }

  /** The committed proposal that wrote a record: its end follows in the same request, under the same decision. */
  async #proposalOf({ author, id }: CanonRecord, index: number): Promise<string | undefined> {
    const { storage, reader } = this.#ground;
    if (author.decision === undefined) return undefined;
    for (let from = index + 1; from < index + REQUEST_LEAVES; from += STEP) {
      const rows = await reader.rows(() => storage.leaves(from, STEP));
      for (const row of rows) {
        if (row.space !== "system" || row.erasedBy !== undefined) return undefined;
        const { record } = reader.open(row).signed;
        if (record.author.decision !== author.decision) return undefined;
        if (effectsOf(record).includes(id)) return String(record.payload.proposal);
      }
      if (rows.length < STEP) return undefined;
    }
    return undefined;
  }

  #add(row: LeafRow): void {
    if (!this.#readable.includes(row.loa)) {
      throw new ProblemError(
        "not-found",
        `a ${row.kind} that belongs to the proof is of level ${row.loa}, of which the reader may not know`,
      );
    }
    this.leaves.add(row.index);
  }

  #page(query: Omit<PageQuery, "loas" | "limit">): Promise<LeafRow[]> {
    const { storage, reader } = this.#ground;
    return reader.rows(() => storage.page({ ...query, loas: LOAS, limit: PAGE }));
  }

  #byId(id: string): Promise<LeafRow | undefined> {
    const { storage, reader } = this.#ground;
    return reader.rows(() => storage.leafById(id));
  }

  async #leaf(index: number): Promise<LeafRow> {
    const { storage, reader } = this.#ground;
    const row = await reader.rows(() => storage.leaf(index));
    if (row === undefined) throw new ProblemError("record-damaged", `leaf ${index} is missing`);
    return row;
  }
}

/** The ids of the records that the end of a proposal names. */
function effectsOf({ kind, payload }: CanonRecord): string[] {
  const { effects } = payload;
  if (kind !== "proposal.closed" || !Array.isArray(effects)) return [];
  return effects.flatMap((each) => {
    const { id } = (each ?? {}) as { id?: unknown };
    return typeof id === "string" ? [id] : [];
  });
}
