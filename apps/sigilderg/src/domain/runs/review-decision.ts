import type { RecordDraft } from "@sigil/canon";
import { PROBLEMS, ProblemError, type RequestOf, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Authority } from "../authority.ts";
import { listOf } from "../decisions/decision-batch.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { landFollowed } from "../governed/alone.ts";
import { batchDraft, decisionDraft, draft, effectOf, outcomeDraft } from "../records/drafts.ts";
import type { PlacedRecord, StoredRecord } from "../records/store.ts";
import { authorOf, decidedWrite, leaveFailed } from "../records/transaction.ts";
import { reviewStream } from "./held-runs.ts";
import { readRecordedRun } from "./recorded-run.ts";
import { requireReplay } from "./replays.ts";
import { type Resumed, ResumeRefused, resume } from "./resume.ts";
import { type Held, heldRun, type ReviewParts } from "./reviews.ts";
import { reviewView } from "./run-standing.ts";

const DECISION = "sigilderg POST /v1/reviews/:id/decision";
const ROUTE = "POST /v1/reviews/:id/decision";

type Decided = ResponseOf<typeof DECISION>;

/**
 * Decides a held run, once. Approved, it is replayed, decided again for its caller, module and grant as they stand now, and
 * its writes land with their decisions in the same transaction as the review; denied, they never land.
 * @throws ProblemError `not-found`, `review-own`, `review-decided`, `resume-refused`, the `replay-*` codes, or what `stillGood`
 * throws; the decision is then `failed` by that name, and the run still held
 */
export async function decideReview(
  parts: ReviewParts,
  made: MadeDecision,
  run: string,
  { verdict, reason }: RequestOf<typeof DECISION>,
  options: { readonly stillGood: () => void; readonly signal?: AbortSignal },
): Promise<Decided> {
  try {
    const authority = authorityOf(made);
    const { held, stored, reviewed } = await heldRun(parts, run, authority);
    if (held.principal === authority.principal)
      throw new ProblemError("review-own", `run ${run} is your own`, { decisionId: made.id });
    if (reviewed !== undefined) throw decidedBefore(run, made.id, reviewed);
    const resumed =
      verdict === "approved" ? await resumedRun(parts, held, stored, authority, options.signal) : undefined;
    options.stillGood();
    return await land(parts, made, { held, stored, verdict, reason, resumed });
  } catch (error) {
    if (error instanceof ProblemError && PROBLEMS[error.code].status < 500)
      await leaveFailed(parts, made, error instanceof ResumeRefused ? error.reason : error.code);
    throw error;
  }
}

async function resumedRun(
  parts: ReviewParts,
  held: Held,
  { signed }: StoredRecord,
  authority: Authority,
  signal: AbortSignal | undefined,
): Promise<Resumed> {
  const recorded = await readRecordedRun(parts.store, held.run, authority, parts.chainKeys, () => true);
  if (recorded.chainHash !== held.chain)
    throw new ProblemError("record-damaged", `run ${held.run} is held with another chain than is stored`);
  // Refused before anything is executed, and asked again when it was: a replay takes its time.
  const level = signed.record.author.loa;
  resume(parts, held, recorded, level, ROUTE);
  await requireReplay(parts, recorded, authority, signal);
  return resume(parts, held, recorded, level, ROUTE);
}

interface Landing {
  readonly held: Held;
  readonly stored: StoredRecord;
  readonly verdict: Decided["verdict"];
  readonly reason: string;
  readonly resumed: Resumed | undefined;
}

/** Review, writes and their decisions, all or nothing, and only while nobody else has decided. */
async function land(
  parts: ReviewParts,
  made: MadeDecision,
  { held, stored, verdict, reason, resumed }: Landing,
): Promise<Decided> {
  const { key, now, projection } = parts;
  const { run, chain } = held;
  const writes = resumed?.writes ?? [];
  const reviewed = draft({
    kind: "run.reviewed",
    space: "system",
    stream: reviewStream(run),
    loa: stored.signed.record.loa,
    author: { ...authorOf(made), run, module: held.module, decision: made.id },
    links: [{ label: "chain", target: chain }],
    payload: { run, verdict, reason, chain },
  });
  const effects = [...writes.map(({ effect }) => effect), reviewed];
  const records: RecordDraft[] = [
    decisionDraft(made, key),
    ...(resumed === undefined ? [] : [batchDraft(listOf([resumed.rerun.body]), now(), key)]),
    ...writes.flatMap((write) => decidedWrite(write.made, [write.effect], key, now)),
    reviewed,
    outcomeDraft(
      { decision: made.id, status: "done", effects: effects.map(effectOf), ts: now() },
      authorOf(made),
      key,
    ),
  ];
  const tips = [{ stream: reviewStream(run), prev: stored.rh }];
  const placed = await landFollowed(
    { store: parts.store, projection },
    { records, require: { tips } },
    made,
  ).catch((error: unknown) => {
    const late = error instanceof ProblemError && error.code === "prev-not-tip";
    throw late ? decidedBefore(run, made.id) : error;
  });
  const at = new Map(placed.map((place) => [place.id, place]));
  const { index } = at.get(reviewed.id) as PlacedRecord;
  return {
    ...{ run, verdict, decision: made.id, record: reviewed.id, index },
    writes: writes.map(({ effect }) => {
      const { id, hash, index } = at.get(effect.id) as PlacedRecord;
      return { id, hash, index };
    }),
  };
}

function decidedBefore(run: string, decisionId: string, reviewed?: StoredRecord): ProblemError {
  const review = reviewed && reviewView(reviewed);
  const how = review === undefined ? "a moment ago" : `${review.verdict} by ${review.by} at ${review.ts}`;
  return new ProblemError("review-decided", `run ${run} was decided before: ${how}`, { decisionId });
}
