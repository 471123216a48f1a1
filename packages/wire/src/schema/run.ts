import { ruleZeroOutput } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";
import { memoryKind, pageQuery, tags } from "./memory.ts";
import { canonRecord } from "./record.ts";
import { reason, verdict } from "./trust.ts";

/** How a run stands. `held` waits for a review; `denied` is a reviewer's word or the module's own; `unknown`: nobody knows. */
const RUN_STATES = ["open", "done", "held", "approved", "denied", "failed", "unknown"] as const;
export const runState = z.enum(RUN_STATES);

/** What a reviewer said of a held run, once and for all. */
const review = z.strictObject({
  verdict: z.enum(["approved", "denied"]),
  by: a.name,
  reason: a.text(1024),
  ts: a.timestamp,
  decision: a.uuid7,
  record: a.uuid7,
});

const run = {
  run: a.uuid7,
  module: z.strictObject({ id: a.name, digest: a.sha256Ref }),
  principal: a.name,
  decision: a.uuid7,
  startedAt: a.timestamp,
  status: runState,
  /** Why it failed, or what beside its verdict keeps it. */
  code: a.code.optional(),
  /** Null while it is open, and of one that left no output. */
  verdict: verdict.nullable(),
  review: review.nullable(),
};

export const runSummary = z.strictObject(run);
export type RunSummary = z.infer<typeof runSummary>;

/** `GET /v1/runs`: the caller's own, the newest first. */
export const runQuery = z.strictObject({
  ...pageQuery,
  status: runState.optional(),
  module: a.name.optional(),
  since: a.timestamp.optional(),
  until: a.timestamp.optional(),
});
export const runPage = z.strictObject({
  runs: z.array(runSummary).max(200),
  next: z.string().max(1024).nullable(),
});

/** `GET /v1/runs/:id`: how it stands and why, and the records of the run in stream order, as far as the caller may read them. */
export const runView = z.strictObject({
  ...run,
  moduleVerdict: verdict.nullable(),
  reasons: z.array(reason).max(64),
  records: z.array(canonRecord).max(256),
});

const held = {
  run: a.uuid7,
  module: z.strictObject({ id: a.name, digest: a.sha256Ref }),
  principal: a.name,
  /** Least level that may read the run. */
  loa: a.loa,
  heldAt: a.timestamp,
  verdict,
  moduleVerdict: verdict.nullable(),
  reasons: z.array(reason).max(64),
  code: a.code.optional(),
  /** How many writes wait. */
  writes: a.index,
};

export const heldRun = z.strictObject(held);
export type HeldRun = z.infer<typeof heldRun>;

/** `GET /v1/reviews`: what waits for a reviewer, the oldest first. */
export const reviewQuery = z.strictObject({
  ...pageQuery,
  module: a.name.optional(),
  principal: a.name.optional(),
});
export const reviewPage = z.strictObject({
  runs: z.array(heldRun).max(200),
  next: z.string().max(1024).nullable(),
});

/** `GET /v1/reviews/:id`: what a reviewer judges by. A text that is erased is null. */
export const reviewDetail = z.strictObject({
  ...held,
  status: runState,
  review: review.nullable(),
  input: a.json,
  output: ruleZeroOutput.nullable(),
  /** What the run asked to have written, in the order of asking. */
  blocks: z.array(
    z.strictObject({ id: a.uuid7, kind: memoryKind, text: z.string().max(49_152), tags, loa: a.loa }),
  ),
});

/** `POST /v1/reviews/:id/decision`. */
export const reviewDecision = z.strictObject({
  verdict: z.enum(["approved", "denied"]),
  reason: a.text(1024).regex(/\S/, "says nothing"),
});
export const reviewDecided = z.strictObject({
  run: a.uuid7,
  verdict: z.enum(["approved", "denied"]),
  decision: a.uuid7,
  record: a.uuid7,
  index: a.index,
  /** The blocks that landed with it, of an approved run. */
  writes: z.array(z.strictObject({ id: a.uuid7, hash: a.sha256Ref, index: a.index })).max(64),
});
