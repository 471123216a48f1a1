import { z } from "zod";
import { proposal, signedAttestation } from "../payload/quorum.ts";
import * as a from "./atoms.ts";
import { pageQuery } from "./memory.ts";
import { placedRecord } from "./witness.ts";

/** Rejected, expired and stale follow from records and the clock; the others are records. All but the first two are final. */
export const proposalState = z.enum([
  "open",
  "approved",
  "committed",
  "rejected",
  "expired",
  "withdrawn",
  "stale",
]);

/** Seconds for which others may be asked: a week unless it is said, thirty days at most. */
const EXPIRES = { default: 604_800, max: 2_592_000 } as const;

/**
 * `POST /v1/proposals`. `request` is the body of the route that does the action alone in solo mode; the reference lists it by
 * action. The record that a commit will write is made of it now, and is what others attest.
 */
export const proposalCreate = z.strictObject({
  action: a.action,
  request: a.jsonObject,
  reason: a.text(1024).min(1),
  expiresInSeconds: z.int().min(1).max(EXPIRES.max).default(EXPIRES.default),
});

/** Where a proposal stands: counted votes, how many it needs, and the eligible witnesses who have not voted. */
const standing = {
  state: proposalState,
  have: a.index,
  need: a.index,
  missing: z.array(a.name).max(64),
};

/** A proposal in one line of a list. */
const proposalSummary = z.strictObject({
  id: a.uuid7,
  action: a.action,
  digest: a.sha256Ref,
  proposer: a.name,
  reason: a.text(1024),
  createdAt: a.timestamp,
  expiresAt: a.timestamp,
  ...standing,
});
export type ProposalSummary = z.infer<typeof proposalSummary>;

/** `GET /v1/proposals`: those of the most trusted proposers first, the older first among equals. */
export const proposalQuery = z.strictObject({
  ...pageQuery,
  /** `waiting`: open or approved, so that somebody can still do something about it. */
  state: z.enum(["waiting", ...proposalState.options]).optional(),
  action: a.action.optional(),
  proposer: a.name.optional(),
});
export const proposalPage = z.strictObject({
  proposals: z.array(proposalSummary).max(200),
  next: z.string().max(1024).nullable(),
});

/** A vote as it stands in the log; `counts` is whether it adds to `have` now, and `why` why not. */
const voteView = z.strictObject({
  record: placedRecord,
  ts: a.timestamp,
  vote: signedAttestation,
  principal: a.name,
  reason: a.text(1024),
  counts: z.boolean(),
  why: a.code.nullable(),
});

/** One place that a commit would change; a JSON pointer (RFC 6901) into the object, and the values there before and after. */
const change = z.strictObject({
  op: z.enum(["add", "remove", "replace"]),
  path: z.string().max(1024),
  before: a.json.optional(),
  after: a.json.optional(),
});

/** `GET /v1/proposals/:id`. */
export const proposalDetail = z.strictObject({
  /** What is signed: `digest` is the SHA-256 of RFC 8785 of it. */
  proposal,
  digest: a.sha256Ref,
  record: placedRecord,
  ...standing,
  votes: z.array(voteView).max(64),
  /** The record that closed it, when somebody did. */
  closed: placedRecord.nullable(),
  /** What would change, against what is in force now; cut after 256 places. */
  changes: z.array(change).max(256),
  cut: z.boolean(),
  /** What the caller has approved since midnight UTC, the newest first; null for a caller who is no witness. */
  approvedToday: z
    .strictObject({
      count: a.index,
      latest: z.array(z.strictObject({ proposal: a.uuid7, action: a.action, ts: a.timestamp })).max(32),
    })
    .nullable(),
});
export type ProposalDetail = z.infer<typeof proposalDetail>;

export const proposalCreated = z.strictObject({
  proposal,
  digest: a.sha256Ref,
  record: placedRecord,
  ...standing,
  decision: a.uuid7,
});

/** `POST /v1/proposals/:id/attestations`: signed where the witness's key is. The reason is not covered by that signature. */
export const proposalAttest = z.strictObject({
  vote: signedAttestation,
  reason: a.text(1024).default(""),
});
export const proposalAttested = z.strictObject({ record: placedRecord, ...standing, decision: a.uuid7 });

/** `POST /v1/proposals/:id/withdrawal`, by whoever proposed it. */
export const proposalWithdraw = z.strictObject({ reason: a.text(1024).min(1) });
export const proposalWithdrawn = z.strictObject({
  record: placedRecord,
  state: z.literal("withdrawn"),
  decision: a.uuid7,
});

/** `POST /v1/proposals/:id/commit`: the closing record, and what was written. */
export const proposalCommitted = z.strictObject({
  state: z.literal("committed"),
  record: placedRecord,
  effects: z
    .array(z.strictObject({ ...placedRecord.shape, kind: z.string().max(64), stream: a.identifier }))
    .min(1)
    .max(256),
  decision: a.uuid7,
});
