import { type CanonRecord, type EncodedRecord, encodeRecord, type RecordDraft } from "@sigil/canon";
import { equalBytes, type SigningKey, toHex } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import { recordProblem } from "./admission.ts";
import type { MonotonicClock } from "./clock.ts";
import { blindColumns } from "./columns.ts";
import { isBlanked, planErasure } from "./erasure.ts";
import { contentFingerprint, idempotencyName, ownIdempotency, sealIdempotency } from "./fingerprint.ts";
import type { KekRing } from "./kek.ts";
import type { RootKeys } from "./keys.ts";
import { type AppendRequest, isComplete, type Precondition, type StoredPlace } from "./records.ts";
import { hashRef, type Sealed } from "./seal.ts";
import { type Sealer, sealsHere } from "./sealer.ts";
import type { Erasure, IdempotencyRow, NewLeaf, Storage } from "./storage.ts";
import type { Tip, Tips } from "./tips.ts";

/** How far the time of a record that its author placed may be from this machine's clock. */
const TIME_TOLERANCE_MS = 300_000;

/** What planning needs; none of it changes while a batch is planned. */
export interface PlanGround {
  readonly storage: Storage;
  readonly root: RootKeys;
  readonly ring: KekRing;
  readonly recordKey: SigningKey;
  /** Absent, records are sealed where the batch is made. */
  readonly sealer?: Sealer | undefined;
  readonly tips: Tips;
  readonly clock: MonotonicClock;
  /** Receipts are applied again to a log that may be shorter than they are. */
  readonly restoring?: boolean;
}

/** Leaves of one request, in its order. */
interface Range {
  readonly first: number;
  readonly count: number;
}

/** What a request will come to: new leaves, or those of an earlier request under the same idempotency key. */
export type Planned = { readonly placed: Range } | { readonly replay: Range };

/** A record that has its place and still lacks signature and ciphertext. */
interface Unsealed {
  readonly encoded: EncodedRecord;
  readonly index: number;
  /** Record hash, `sha256:<hex>`. */
  readonly hash: string;
}

/**
 * A batch in the making. Each request is placed whole on top of those before it, or refused alone; then everything that
 * was placed is sealed together. Nothing outside this object changes until the batch is committed.
 */
export class BatchPlan {
  readonly #ground: PlanGround;
  readonly #ts: string;
  readonly #unsealed: Unsealed[] = [];
  readonly #leaves: NewLeaf[] = [];
  readonly #leafHashes: Uint8Array[] = [];
  readonly #places: StoredPlace[] = [];
  /** Ids that were looked for in the store, and those that are taken, there or in this batch. */
  readonly #looked = new Set<string>();
  readonly #ids = new Set<string>();
  readonly #tips = new Map<string, Tip>();
  readonly #keys = new Map<string, IdempotencyRow>();
  readonly #erasures: Erasure[] = [];
  readonly #size: number;

  constructor(ground: PlanGround, size: number) {
    this.#ground = ground;
    this.#size = size;
    this.#ts = ground.clock.next();
  }

  /** Whether nothing was placed. */
  get empty(): boolean {
    return this.#unsealed.length === 0;
  }
  /** What {@link seal} made, in the order of the log. */
  get leaves(): readonly NewLeaf[] {
    return this.#leaves;
  }
  /** Leaf hashes of {@link leaves}, in the same order. */
  get leafHashes(): readonly Uint8Array[] {
    return this.#leafHashes;
  }
  get tips(): ReadonlyMap<string, Tip> {
    return this.#tips;
  }
  get erasures(): readonly Erasure[] {
    return this.#erasures;
  }
  get idempotency(): readonly IdempotencyRow[] {
    return [...this.#keys.values()];
  }

  /** Asks the store once which ids of all these requests it has; {@link place} asks for those that were not asked for. */
  async look(requests: readonly AppendRequest[]): Promise<void> {
    const ids = requests.flatMap(({ records }) => records.map(({ id }) => id));
    const unknown = ids.filter((id) => !this.#looked.has(id));
    if (unknown.length === 0) return;
    for (const id of await this.#ground.storage.taken(unknown)) this.#ids.add(id);
    for (const id of unknown) this.#looked.add(id);
  }

  /**
   * Places a request, or throws the ProblemError that refuses it: `too-late`, `prev-not-tip`, `record-time`, `record-id-taken`,
   * `record-invalid`, `record-too-large`, what `planErasure` throws, `idempotency-conflict`, `record-damaged` for an idempotency row that was edited.
   */
  async place(request: AppendRequest): Promise<Planned> {
    const named = this.#nameOf(request);
    if (named !== undefined) {
      const earlier = this.#keys.get(toHex(named.key)) ?? (await this.#ground.storage.idempotency(named.key));
      if (earlier !== undefined) return replayOf(earlier, named.fingerprint, this.#ground.root);
    }
    if (request.require !== undefined) await this.#requireHolds(request.require);
    await this.look([request]);
    const first = this.#size + this.#unsealed.length;
    const tips = new Map<string, Tip>();
    const erasures: Erasure[] = [];
    const encoded: Omit<Unsealed, "index">[] = [];
    for (const [at, record] of request.records.entries()) {
      const { stream } = record;
      this.#requireFree(record.id, at);
      const tip = tips.get(stream) ?? this.#tips.get(stream) ?? (await this.#ground.tips.of(stream));
      const complete = this.#complete(record, tip, at);
      const hash = hashRef(complete.digest);
      tips.set(stream, { seq: complete.record.seq, hash });
      encoded.push({ encoded: complete, hash });
      if (record.kind === "record.erased") erasures.push(await this.#erasure(record, first + at, erasures));
    }
    for (const [at, each] of encoded.entries()) {
      this.#unsealed.push({ ...each, index: first + at });
      this.#ids.add(each.encoded.record.id);
    }
    for (const [stream, tip] of tips) this.#tips.set(stream, tip);
    this.#erasures.push(...erasures);
    if (named !== undefined) {
      const row = sealIdempotency(this.#ground.root, { ...named, first, count: encoded.length });
      this.#keys.set(toHex(named.key), row);
    }
    return { placed: { first, count: encoded.length } };
  }

  /**
   * Signs and seals everything that was placed, once. The records of all requests are sealed together, so that many small
   * requests use every core as one large one does. Throws what a key throws; then nothing of the batch may be committed.
   */
  async seal(): Promise<void> {
    const { root, ring, recordKey, sealer = sealsHere } = this.#ground;
    const kek = ring.forWrapping(this.#unsealed.length);
    const placed = this.#unsealed.map(({ encoded: { record, message }, hash }) => ({
      ...{ clear: record, message, hash },
    }));
    const sealed = await sealer.seal(placed, { origin: root.origin, record: recordKey, kek });
    for (const [at, { encoded, index, hash }] of this.#unsealed.entries()) {
      const { ct, wrappedDek, ch, leaf } = sealed[at] as Sealed;
      const { record, digest: rh } = encoded;
      const { id, kind, space, loa, ts, stream, seq } = record;
      const row = { index, id, kind, space, loa, ts, ct, wrappedDek, kekId: kek.id, rh };
      this.#leaves.push({ ...row, ...blindColumns(record, root) });
      this.#leafHashes.push(leaf);
      this.#places.push({ id, hash, index, stream, seq, ts, ch });
    }
  }

  /** Where the records of a request landed, once the batch is sealed. */
  places({ first, count }: Range): readonly StoredPlace[] {
    const at = first - this.#size;
    return this.#places.slice(at, at + count);
  }

  async #erasure(
    record: RecordDraft | CanonRecord,
    receipt: number,
    before: readonly Erasure[],
  ): Promise<Erasure> {
    const erasure = await planErasure(record, receipt, this.#ground, this.#ground.restoring);
    const taken = new Set([...this.#erasures, ...before].flatMap(({ leaves }) => leaves));
    const twice = erasure.leaves.find((index) => taken.has(index));
    if (twice === undefined) return erasure;
    // A receipt that was applied again once before stands beside its copy.
    if (this.#ground.restoring === true)
      return { ...erasure, leaves: erasure.leaves.filter((index) => !taken.has(index)) };
    throw new ProblemError(
      "record-erased",
      `leaf ${twice} is erased by another receipt that lands with this one`,
    );
  }

  #nameOf({ idempotency, records }: AppendRequest) {
    if (idempotency === undefined) return undefined;
    const { root } = this.#ground;
    return {
      key: idempotencyName(root, idempotency.principal, idempotency.key),
      fingerprint: contentFingerprint(root, records),
    };
  }

  /** Asked of the log as it is when the request lands: one writer places requests, one after the other. */
  async #requireHolds({ before, tips = [] }: Precondition): Promise<void> {
    if (before !== undefined && this.#ts >= before)
      throw new ProblemError(
        "too-late",
        `the records would be of ${this.#ts}; they had to land before ${before}`,
      );
    for (const { stream, prev } of tips) {
      const tip = this.#tips.get(stream) ?? (await this.#ground.tips.of(stream));
      const hash = tip?.hash ?? null;
      if (hash !== prev)
        throw new ProblemError(
          "prev-not-tip",
          `${stream} ends with ${hash ?? "nothing"}, not with ${prev ?? "nothing"} as the request requires`,
        );
    }
  }

  #requireFree(id: string, at: number): void {
    if (this.#ids.has(id)) {
      throw new ProblemError("record-id-taken", `$.records[${at}].id: a record ${id} exists`);
    }
  }

  #complete(record: RecordDraft | CanonRecord, tip: Tip | undefined, at: number): EncodedRecord {
    const place = { seq: tip === undefined ? 0 : tip.seq + 1, prev: tip?.hash ?? null };
    let encoded: EncodedRecord;
    try {
      encoded = encodeRecord(isComplete(record) ? record : { v: 1, ...record, ...place, ts: this.#ts });
    } catch (error) {
      throw recordProblem(error, at);
    }
    if (!isComplete(record)) return encoded;
    if (record.seq !== place.seq || record.prev !== place.prev) {
      throw new ProblemError(
        "prev-not-tip",
        `$.records[${at}] is at ${record.seq} after ${record.prev ?? "nothing"}; its stream goes on at ${place.seq} after ${place.prev ?? "nothing"}`,
      );
    }
    // What a restore writes again keeps the time that it had.
    if (this.#ground.restoring === true) return encoded;
    const off = Math.abs(Date.parse(record.ts) - this.#ground.clock.present);
    if (off > TIME_TOLERANCE_MS) {
      throw new ProblemError(
        "record-time",
        `$.records[${at}].ts is ${Math.round(off / 1000)} s from the store's clock; the limit is ${TIME_TOLERANCE_MS / 1000} s`,
      );
    }
    return encoded;
  }
}

function replayOf(earlier: IdempotencyRow, fingerprint: Uint8Array, root: RootKeys): Planned {
  if (!ownIdempotency(root, earlier)) {
    throw new ProblemError("record-damaged", "what the store remembers of this idempotency key was changed");
  }
  if (isBlanked(earlier)) {
    throw new ProblemError(
      "record-erased",
      "the idempotency key stands for a request of which content was erased",
    );
  }
  if (!equalBytes(earlier.fingerprint, fingerprint)) {
    throw new ProblemError(
      "idempotency-conflict",
      "the idempotency key stands for another request of this principal",
    );
  }
  return { replay: { first: earlier.first, count: earlier.count } };
}
