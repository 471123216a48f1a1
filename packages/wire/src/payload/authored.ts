import { MOST_PARENTS } from "@sigil/policy";
import { z } from "zod";
import * as a from "../schema/atoms.ts";
import { backupMade } from "../schema/erasure.ts";
import { reason, trustResult, verdict } from "../schema/trust.ts";

// Bodies that carry their author's own signature inside a record: SigilDERG's for decisions and outcomes,
// MMF's for chains. No user text may stand in any of them: they stay when texts are erased.

/** One decision (`SIGIL-DECISION-V1`). `trust` is null where the action's row asks for none. */
export const decisionBody = z.strictObject({
  id: a.uuid7,
  action: a.action,
  principal: a.name.nullable(),
  licence: z.string().max(64).nullable(),
  loa: a.loa.nullable(),
  verdict: z.enum(["allow", "deny"]),
  reasons: z.array(reason).max(64),
  policy: a.sha256Ref,
  mode: z.enum(["solo", "quorum"]),
  trust: trustResult.nullable(),
  run: a.uuid7.optional(),
  module: a.name.optional(),
  route: z.string().max(128),
  ts: a.timestamp,
});
export type DecisionBody = z.infer<typeof decisionBody>;

/** What became of an allowed durable action (`SIGIL-OUTCOME-V1`); effects are bound by their draft digests. */
export const outcomeBody = z.strictObject({
  decision: a.uuid7,
  status: z.enum(["done", "held", "failed", "unknown"]),
  code: a.code.optional(),
  effects: z
    .array(
      z.strictObject({ id: a.uuid7, kind: z.string().max(64), stream: a.identifier, digest: a.sha256Ref }),
    )
    .max(256),
  ts: a.timestamp,
});
export type OutcomeBody = z.infer<typeof outcomeBody>;

/**
 * Decisions of one second or less (`SIGIL-BATCH-V1`), each addressable by its id: a decision is the ground at its place
 * with its own `id` and `ts`.
 */
export const batchBody = z
  .strictObject({
    grounds: z
      .array(decisionBody.omit({ id: true, ts: true }))
      .min(1)
      .max(1024),
    decisions: z
      .array(z.strictObject({ id: a.uuid7, ts: a.timestamp, ground: a.index }))
      .min(1)
      .max(1024),
    ts: a.timestamp,
  })
  .refine(({ grounds, decisions }) => decisions.every(({ ground }) => ground < grounds.length), {
    path: ["decisions"],
    message: "names a ground that is not there",
  });
export type BatchBody = z.infer<typeof batchBody>;

/** A frozen reasoning chain (`SIGIL-CHAIN-V1`): hashes, verdicts and scope; no user text. */
export const chainBody = z.strictObject({
  chainId: a.uuid7,
  run: a.uuid7,
  input: a.sha256Ref,
  context: z.array(z.strictObject({ ref: z.string().max(256), hash: a.sha256Ref.optional() })).max(256),
  output: a.sha256Ref,
  calls: a.sha256Ref,
  verdict,
  moduleVerdict: verdict.nullable(),
  reasons: z.array(reason).max(64),
  audit: z.strictObject({ timestamp: a.timestamp, sessionId: a.name, loa: a.loa, chainId: a.uuid7 }),
  trust: z.strictObject({
    modelId: z.string().max(64),
    score: z.number().min(0).max(1),
    allowed: z.boolean(),
  }),
  scope: z.strictObject({
    principal: a.name,
    moduleId: a.name,
    moduleDigest: a.sha256Ref,
    sessionId: a.name,
    runId: a.uuid7,
  }),
  /** The endpoints of language models that answered in the run, by the name that the settings give them; absent where none did. */
  models: z.array(a.name).min(1).max(64).optional(),
  engine: z.strictObject({ name: z.string().max(64), version: z.string().max(64), digest: a.sha256Ref }),
  /** The chains that it descends from: those that its caller named, then those of the runs that wrote what it read. */
  parents: z.array(z.strictObject({ run: a.uuid7, hash: a.sha256Ref })).max(MOST_PARENTS),
  /** How many more there are; absent where there are none. */
  parentsOmitted: z.int().min(1).optional(),
});
export type ChainBody = z.infer<typeof chainBody>;

/**
 * The receipt of an erasure (`SIGIL-ERASURE-V1`): which records lost their keys, by whose decision. A record is named by
 * its salted hash, which says nothing about what it held. `backups` are those made before, which still hold the keys.
 */
export const erasureBody = z.strictObject({
  decision: a.uuid7,
  /** Whose records they were. */
  principal: a.name,
  complete: z.boolean(),
  targets: z
    .array(z.strictObject({ id: a.uuid7, index: a.index, hash: a.sha256Ref }))
    .min(1)
    .max(256),
  backups: z.array(backupMade).max(32),
  ts: a.timestamp,
});
export type ErasureBody = z.infer<typeof erasureBody>;

const publicKey = z.strictObject({ kid: a.kid, publicKey: a.bytes32 });

/** The rotation of a key of the store (`SIGIL-KEY-ROTATION-V1`), signed by the old key and by the new one. */
export const rotationBody = z.strictObject({
  role: z.enum(["record", "log"]),
  origin: z.string().max(255),
  old: publicKey,
  new: publicKey,
  /** First leaf of the new key, one after the record that says so. */
  from: a.index,
  ts: a.timestamp,
});
