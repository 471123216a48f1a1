import {
  type ProofBundle,
  parseLogProof,
  recordHash,
  type Tile,
  type VerifiedRecord,
  verifyBundle,
  verifyRecord,
} from "@sigil/canon";
import { fromBase64, type VerifyKey } from "@sigil/crypto";
import { compareLoa } from "@sigil/policy";
import {
  type BundleFrame,
  type CallArguments,
  type ErasablePage,
  PROBLEMS,
  type ProblemCode,
  ProblemError,
  type ResponseOf,
  type RouteId,
  WireError,
  type StoredRecord as WireStoredRecord,
} from "@sigil/wire";
import { type Authority, SERVICE_AUTHORITY } from "../domain/authority.ts";
import { keysByLeaf } from "../domain/credentials/pinned-keys.ts";
import type { PinnedTrust } from "../domain/credentials/pinned-trust.ts";
import type {
  AppendBatch,
  AppendResult,
  RecordPage,
  RecordQuery,
  RotatedSigningKey,
  SigningRole,
  Store,
  StoredRecord,
} from "../domain/records/store.ts";
import { callTrace, noteLanded, type Timed } from "../domain/runs/call-trace.ts";
import type { PeerCalls } from "./breaking-client.ts";
import { CheckpointMemory } from "./checkpoint-memory.ts";

type CodexRoute = Extract<RouteId, `codex-nexus ${string}`>;

/** The data plane, seen from the control plane: every answer is checked against what trust.json pins. */
export class CodexNexus implements Store {
  readonly #client: PeerCalls;
  readonly #timed: Timed;
  readonly #trust: PinnedTrust;
  #recordKeys: (index: number) => (kid: string) => VerifyKey | undefined;
  readonly #checkpoints: CheckpointMemory;

  constructor(client: PeerCalls, trust: PinnedTrust, timed: Timed) {
    this.#client = client;
    this.#timed = timed;
    this.#trust = trust;
    this.#recordKeys = keysByLeaf(trust.current.keys.record);
    this.#checkpoints = new CheckpointMemory(trust.current);
  }

  async append(batch: AppendBatch, authority: Authority): Promise<AppendResult> {
    const asked = this.#checkpoints.known;
    const { records, idempotency, require } = batch;
    const body = {
      records: [...records],
      ...(idempotency === undefined ? {} : { idempotency }),
      ...(require === undefined ? {} : { require: { ...require, tips: [...(require.tips ?? [])] } }),
      ...(asked === undefined ? {} : { known: asked }),
    };
    const write = () => this.#call("codex-nexus POST /v1/records", { ctx: authority, body });
    let repeated = false;
    const answer = await write()
      // A connection that broke leaves open whether the batch landed; its key makes the second attempt harmless.
      .catch((error) => {
        if (idempotency === undefined || !broken(error)) throw error;
        repeated = true;
        return write();
      })
      .catch((error) => {
        if (error instanceof ProblemError && error.code === "cosignatures-missing") noteLanded(records);
        throw unrecorded(error);
      });
    this.#believe(() => this.#checkpoints.follow(answer.checkpoint, answer.consistency, asked));
    // An answer kept from our own first attempt is no replay to the caller: the records are the ones just sent.
    const own = repeated && answer.records[0]?.id === records[0]?.id;
    const replayed = answer.replayed && !own;
    if (!replayed) {
      expectPlaces(batch, answer);
      noteLanded(records);
    }
    return { records: answer.records, replayed };
  }

  async read(id: string, authority: Authority): Promise<StoredRecord | undefined> {
    try {
      const answer = await this.#call("codex-nexus GET /v1/records/:id", { ctx: authority, params: { id } });
      const stored = this.#verify(answer, authority);
      if (stored.signed.record.id !== id)
        throw disbelieved(`record ${stored.signed.record.id} was answered for ${id}`);
      return stored;
    } catch (error) {
      if (error instanceof ProblemError && error.code === "not-found") return undefined;
      throw error;
    }
  }

  async query(query: RecordQuery, authority: Authority): Promise<RecordPage> {
    const { kinds, ...rest } = query;
    const body = { ...rest, ...(kinds === undefined ? {} : { kinds: [...kinds] }) };
    const page = await this.#call("codex-nexus POST /v1/records/query", { ctx: authority, body });
    const records = page.records.map((stored) => this.#verify(stored, authority));
    for (const { signed, index } of records) expectAsked(query, signed, index);
    return { records, next: page.next };
  }

  erasable(
    query: { readonly principal: string; readonly after?: number; readonly limit: number },
    authority: Authority,
  ): Promise<ErasablePage> {
    return this.#call("codex-nexus POST /v1/records/erasable", { ctx: authority, body: { ...query } });
  }

  async *bundle(
    ids: readonly string[],
    authority: Authority,
    signal: AbortSignal,
  ): AsyncGenerator<BundleFrame> {
    const asked = { ...callTrace(), ctx: authority, body: { ids: [...ids] }, signal };
    const frames = this.#client.stream("codex-nexus POST /v1/bundle", asked);
    let head: Omit<ProofBundle, "entries"> | undefined;
    try {
      // How long the peer takes is told by its first frame; the rest comes as fast as the caller reads.
      for (
        let next = await this.#timed(() => frames.next());
        next.done !== true;
        next = await frames.next()
      ) {
        const frame = next.value;
        if ("head" in frame !== (head === undefined))
          throw disbelieved("the bundle does not begin with its head");
        if ("head" in frame) head = frame.head;
        this.#believe(() => this.#checkFrame(frame, head as Omit<ProofBundle, "entries">));
        yield frame;
      }
    } catch (error) {
      throw passedOn(error, authority);
    } finally {
      await frames.return(undefined);
    }
  }

  #checkFrame(frame: BundleFrame, head: Omit<ProofBundle, "entries">): void {
    if ("head" in frame) {
      this.#checkpoints.notBehind(this.#checkpoints.open(head.checkpoint));
      return;
    }
    const report = verifyBundle({ ...head, entries: frame.entries }, this.#trust.current);
    // The votes on a record of one frame may stand in another. They are counted last: everything else of the frame held.
    if (report.verdict === "verified" || report.code === "quorum-missing") return;
    throw disbelieved(`the bundle does not verify: ${report.code ?? report.verdict}`);
  }

  async checkpoint(): Promise<{ checkpoint: string; size: number; root: string }> {
    const { checkpoint } = await this.#call("codex-nexus GET /v1/checkpoint", { ctx: SERVICE_AUTHORITY });
    const head = this.#believe(() => this.#checkpoints.open(checkpoint));
    this.#checkpoints.notBehind(head);
    return { checkpoint, ...head };
  }

  async keyStatus(authority: Authority): Promise<ResponseOf<"codex-nexus GET /v1/keys">> {
    return this.#call("codex-nexus GET /v1/keys", { ctx: authority });
  }

  async rotateKek(authority: Authority): Promise<string> {
    return (await this.#call("codex-nexus POST /v1/keys/kek", { ctx: authority })).kek;
  }

  async rotateSigning(key: SigningRole, authority: Authority): Promise<RotatedSigningKey> {
    return this.#call("codex-nexus POST /v1/keys/signing", { ctx: authority, body: { key } });
  }

  async tile({ level, index, width }: Tile): Promise<Uint8Array> {
    const query = { level: String(level), index: String(index), width: String(width) };
    const { bytes } = await this.#call("codex-nexus GET /v1/log/tile", { ctx: SERVICE_AUTHORITY, query });
    return fromBase64(bytes);
  }

  async consistency(from: number, to: number): Promise<readonly string[]> {
    const query = { from: String(from), to: String(to) };
    const answer = await this.#call("codex-nexus GET /v1/log/consistency", { ctx: SERVICE_AUTHORITY, query });
    return answer.hashes;
  }

  async inclusion(index: number): Promise<string> {
    const query = { index: String(index) };
    const { proof } = await this.#call("codex-nexus GET /v1/log/inclusion", {
      ctx: SERVICE_AUTHORITY,
      query,
    });
    const { checkpoint } = parseLogProof(proof);
    this.#checkpoints.notBehind(this.#believe(() => this.#checkpoints.open(checkpoint)));
    return proof;
  }

  async #call<Id extends CodexRoute>(id: Id, input: CallArguments<Id>): Promise<ResponseOf<Id>> {
    try {
      return await this.#timed(() => this.#client.call(id, { ...callTrace(), ...input }));
    } catch (error) {
      throw passedOn(error, input.ctx);
    }
  }

  /** A check of what the store said; made once more under the keys of a rotation that it has listed in trust.json since. */
  #believe<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (!this.#trust.renew()) throw error;
      this.#recordKeys = keysByLeaf(this.#trust.current.keys.record);
      this.#checkpoints.renew(this.#trust.current);
      return check();
    }
  }

  #verify(stored: WireStoredRecord, authority: Authority): StoredRecord {
    let signed: VerifiedRecord;
    try {
      signed = this.#believe(() => verifyRecord(stored.signed, this.#recordKeys(stored.index)));
    } catch (cause) {
      throw new ProblemError("record-damaged", `the record at index ${stored.index} does not verify`, {
        cause,
      });
    }
    if (recordHash(signed.record) !== stored.rh)
      throw disbelieved(`index ${stored.index} has another record hash`);
    if (compareLoa(signed.record.loa, authority.loa) > 0) {
      throw disbelieved(`index ${stored.index} is above the level that was asked with`);
    }
    return { index: stored.index, ch: stored.ch, rh: stored.rh, signed };
  }
}

/** The store cannot answer with something else than was asked for. */
function expectAsked(query: RecordQuery, { record }: VerifiedRecord, index: number): void {
  const kinds = query.kinds ?? (query.kind === undefined ? undefined : [query.kind]);
  const holds =
    (kinds === undefined || kinds.includes(record.kind)) &&
    (query.stream === undefined || query.stream === record.stream) &&
    (query.space === undefined || query.space === record.space) &&
    (query.principal === undefined || query.principal === record.author.principal) &&
    (query.loa === undefined || query.loa === record.loa) &&
    (query.since === undefined || query.since <= record.ts) &&
    (query.until === undefined || record.ts < query.until) &&
    (query.after === undefined || index > query.after);
  if (!holds) throw disbelieved(`record ${record.id} does not match the query that it answers`);
}

function expectPlaces(
  batch: AppendBatch,
  answer: { records: readonly { id: string; stream: string }[] },
): void {
  const same =
    answer.records.length === batch.records.length &&
    batch.records.every(
      ({ id, stream }, at) => answer.records[at]?.id === id && answer.records[at]?.stream === stream,
    );
  if (!same) throw disbelieved("the store acknowledged other records than it was given");
}

/** A refusal that means something to the caller keeps its code; everything else becomes what `toProblem` makes of it. */
function passedOn(error: unknown, authority: Authority | undefined): unknown {
  if (!(error instanceof WireError)) return error;
  const { problem } = error;
  if (problem === undefined || problem.status === 401 || problem.code === "internal") return error;
  if (!Object.hasOwn(PROBLEMS, problem.code)) return error;
  return new ProblemError(problem.code as ProblemCode, problem.detail, {
    cause: error,
    ...(authority === undefined ? {} : { decisionId: authority.decision }),
  });
}

function broken(error: unknown): boolean {
  return error instanceof WireError && error.code === "peer-unreachable" && error.problem === undefined;
}

/** A write that the store did not take, whatever the reason, means that nothing happened. */
function unrecorded(error: unknown): unknown {
  const clientsFault = error instanceof ProblemError && PROBLEMS[error.code].status < 500;
  // Durable and not acknowledged is neither done nor undone: the caller hears it as it is.
  if (clientsFault || (error instanceof ProblemError && error.code === "cosignatures-missing")) return error;
  const detail =
    error instanceof ProblemError
      ? `the store refused to write (${error.code}), so nothing happened`
      : "the store did not answer, so the action counts as not done";
  return new ProblemError("audit-unavailable", detail, { cause: error });
}

function disbelieved(detail: string): ProblemError {
  return new ProblemError("peer-not-believed", detail);
}
