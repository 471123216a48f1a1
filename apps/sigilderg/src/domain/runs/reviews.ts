import type { CanonRecord } from "@sigil/canon";
import type { VerifyKey } from "@sigil/crypto";
import { compareLoa, type RuleZeroOutput } from "@sigil/policy";
import { type PayloadOf, ProblemError, parseHostArguments, type QueryOf, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Authority } from "../authority.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { ControlPlaneError } from "../error.ts";
import { requireDecided } from "../force/decided.ts";
import type { Cursors } from "../records/cursors.ts";
import type { StoredRecord } from "../records/store.ts";
import { decidedWrite, orFailed } from "../records/transaction.ts";
import { reviewStream } from "./held-runs.ts";
import type { ReplayParts } from "./replays.ts";
import type { ResumeParts } from "./resume.ts";
import { reviewView } from "./run-standing.ts";

export interface ReviewParts extends ReplayParts, ResumeParts {
  readonly cursors: Cursors;
  /** The control plane's own keys, by kid: whose outcomes bind held runs. */
  readonly ownKeys: ReadonlyMap<string, VerifyKey>;
}

export type Held = PayloadOf<"run.held">;
type Page = ResponseOf<"sigilderg GET /v1/reviews">;
type Detail = ResponseOf<"sigilderg GET /v1/reviews/:id">;

const LIST = "reviews";

/** What waits for a reviewer and is not above its level, the oldest first. The decision lands with its outcome. */
export async function listReviews(
  parts: ReviewParts,
  made: MadeDecision,
  { limit = 50, cursor, ...filter }: QueryOf<"sigilderg GET /v1/reviews">,
): Promise<Page> {
  return await orFailed(parts, made, async () => {
    const { projection, cursors, store, key, now } = parts;
    const from = cursor === undefined ? -1 : Number(cursors.read(LIST, cursor, filter));
    const all = [...projection.held.waiting()].filter(
      ({ index, loa, module, principal }) =>
        index > from &&
        compareLoa(loa, made.body.loa) <= 0 &&
        (filter.module ?? module.id) === module.id &&
        (filter.principal ?? principal) === principal,
    );
    const page = all.slice(0, limit);
    const last = page.at(-1);
    const next =
      last === undefined || all.length === page.length
        ? null
        : cursors.write(LIST, String(last.index), filter);
    await store.append({ records: decidedWrite(made, [], key, now) }, authorityOf(made));
    const runs = page.map((waiting) => {
      const { index: _, ...run } = waiting;
      return run;
    });
    return { runs, next };
  });
}

/**
 * A held run as its reviewer judges it: why it is held, what it read, said and asked to have written.
 * @throws ProblemError `not-found` for a run that is not held, or above the reviewer's level
 */
export async function showReview(parts: ReviewParts, made: MadeDecision, run: string): Promise<Detail> {
  const authority = authorityOf(made);
  return await orFailed(parts, made, async () => {
    const { held, stored, reviewed } = await heldRun(parts, run, authority);
    const { records } = await parts.store.query({ stream: `run/${run}`, order: "asc", limit: 8 }, authority);
    const payloadOf = (kind: CanonRecord["kind"]) =>
      records.find(({ signed }) => signed.record.kind === kind)?.signed.record.payload;
    await parts.store.append({ records: decidedWrite(made, [], parts.key, parts.now) }, authority);
    const { loa, ts: heldAt } = stored.signed.record;
    const review = reviewed === undefined ? null : reviewView(reviewed);
    const { module: id, digest, principal, verdict, moduleVerdict, reasons, code } = held;
    return {
      ...{ run, module: { id, digest }, principal, loa, heldAt, verdict, moduleVerdict, reasons },
      ...(code === undefined ? {} : { code }),
      writes: held.writes.length,
      status: review?.verdict ?? "held",
      review,
      input: payloadOf("run.input")?.input ?? null,
      output: (payloadOf("run.output") as RuleZeroOutput | undefined) ?? null,
      blocks: blocksOf(held, payloadOf("run.calls")?.calls as unknown as RecordedCalls | undefined),
    };
  });
}

type RecordedCalls = readonly { readonly seq: number; readonly args: never }[];

function blocksOf({ writes }: Held, calls: RecordedCalls = []): Detail["blocks"] {
  return writes.flatMap(({ seq, id, loa }) => {
    const call = calls.find((each) => each.seq === seq);
    if (call === undefined) return [];
    const { type: kind, text, tags } = parseHostArguments("memory.write", call.args);
    return [{ id, kind, text, tags, loa }];
  });
}

/** The held run of a review stream, bound by an outcome of this control plane, and what was decided of it. */
export async function heldRun(
  { store, ownKeys }: Pick<ReviewParts, "store" | "ownKeys">,
  run: string,
  authority: Authority,
): Promise<{ held: Held; stored: StoredRecord; reviewed: StoredRecord | undefined }> {
  const { records } = await store.query({ stream: reviewStream(run), order: "asc", limit: 2 }, authority);
  const [stored, reviewed] = records;
  if (stored === undefined) {
    throw new ProblemError("not-found", `there is no held run ${run} that you may decide`, {
      decisionId: authority.decision,
    });
  }
  try {
    await requireDecided(stored.signed.record, store as ReviewParts["store"], ownKeys);
  } catch (cause) {
    if (!(cause instanceof ControlPlaneError)) throw cause;
    throw new ProblemError("record-damaged", `no outcome of this control plane holds run ${run}`, { cause });
  }
  return { held: stored.signed.record.payload as unknown as Held, stored, reviewed };
}
