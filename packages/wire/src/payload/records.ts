import { RUN_FAULTS, type RunFault, ruleZeroOutput } from "@sigil/policy";
import { z } from "zod";
import * as a from "../schema/atoms.ts";
import { memoryKind, tags, visibility } from "../schema/memory.ts";
import { capability, recordedCall, signedTerms } from "../schema/module.ts";
import { pinnedPublisher } from "../schema/publisher.ts";
import { signature } from "../schema/record.ts";
import { keyEntry } from "../schema/service.ts";
import { reason, verdict } from "../schema/trust.ts";
import * as authored from "./authored.ts";

// The payload of every record kind, closed: an unknown field in a payload is refused.

/** Wraps a body that its author signed inside the record (design: authorship survives a compromised store). */
const signedBody = <T extends z.ZodType>(body: T) => z.strictObject({ body, sig: signature });

export const systemGenesis = z.strictObject({
  runtimeId: a.name,
  origin: z.string().max(255),
  mode: z.enum(["solo", "quorum"]),
  keys: z.array(keyEntry).min(1).max(64),
  modules: z
    .array(
      z.strictObject({
        id: a.name,
        version: a.semver,
        digest: a.sha256Ref,
        ...signedTerms,
        capabilities: z.array(capability).max(32),
      }),
    )
    .max(64),
  /** Who has signed those modules. */
  publishers: z.array(pinnedPublisher).max(64).optional(),
  policy: a.sha256Ref,
  createdAt: a.timestamp,
});
export type SystemGenesis = z.infer<typeof systemGenesis>;

/** The licence itself is a bearer secret and is never recorded: only what it says. */
export const licenseIssue = z.strictObject({
  jti: z.string().max(64),
  sub: a.name,
  loa: a.loa,
  serial: a.index,
  exp: z.int(),
  scope: z.array(z.string().max(64)).max(64),
  issuer: a.kid,
});
export const licenseRevoke = z.strictObject({
  jti: z.string().max(64),
  sub: a.name,
  reason: z.string().max(1024),
});

export const memoryBlock = z.strictObject({
  type: memoryKind,
  text: z.string().min(1).max(49_152),
  tags,
  visibility,
});

export const runInput = z.strictObject({ module: a.name, digest: a.sha256Ref, input: a.json });

/** Every host call of the run, in the order in which the module was given the answers; `seq` is the order of asking. */
export const runCalls = z.strictObject({ calls: z.array(recordedCall).max(1024) });
export const runOutput = ruleZeroOutput;

/** What the module chose to log; free text of the module, so the record is erasable. */
export const runLog = z.strictObject({
  run: a.uuid7,
  module: a.name,
  entries: z.array(z.strictObject({ seq: a.index, entry: a.json })).max(1024),
});
export const auditEvent = z.strictObject({ run: a.uuid7, module: a.name, seq: a.index, claim: a.json });

/** What counts against a module: a fault of its own, or a reference that no host call of the run returned. */
const violation = z.enum([...(Object.keys(RUN_FAULTS) as RunFault[]), "ref-unknown"]);

/** Payload of `module.violation` in `evidence/<module>`: what the end of one run says against the digest that ran. */
export const moduleViolation = z.strictObject({
  id: a.name,
  digest: a.sha256Ref,
  violation,
  run: a.uuid7,
  /** Hash of the run's `chain.frozen` record. */
  chain: a.sha256Ref,
});

/**
 * Payload of `module.suspended` in `evidence/<module>`: the digest runs no more until it is reinstated. `evidence` is what
 * counted, the newest last; `limit` the settings that it was counted by.
 */
export const moduleSuspended = z.strictObject({
  id: a.name,
  digest: a.sha256Ref,
  evidence: z
    .array(z.strictObject({ record: a.uuid7, violation, run: a.uuid7, chain: a.sha256Ref }))
    .min(1)
    .max(100),
  limit: z.strictObject({ violations: z.int().min(1).max(100), hours: z.int().min(1).max(8784) }),
  reason: a.text(1024),
  mode: z.enum(["solo", "quorum"]),
});

/**
 * Payload of `run.held` in `review/<run>`: a run that somebody is to look at, why, and what it asked to have written. It lands
 * with the end of the run, whose outcome binds it; the texts stay in the records of the run.
 */
export const runHeld = z.strictObject({
  run: a.uuid7,
  module: a.name,
  digest: a.sha256Ref,
  principal: a.name,
  /** The licence that the run began under. */
  licence: z.string().max(64).nullable(),
  verdict,
  moduleVerdict: verdict.nullable(),
  reasons: z.array(reason).max(64),
  /** What beside the verdict keeps it, such as `module-suspended`. */
  code: a.code.optional(),
  /** Hash of the run's `chain.frozen` record. */
  chain: a.sha256Ref,
  /** The writes whose answers the module saw: position of the host call, id of the block, least level that may read it. */
  writes: z.array(z.strictObject({ seq: a.index, id: a.uuid7, loa: a.loa })).max(64),
});

/** Payload of `run.reviewed`, the one record behind `run.held`: approved, its writes land with it; denied, they never do. */
export const runReviewed = z.strictObject({
  run: a.uuid7,
  verdict: z.enum(["approved", "denied"]),
  reason: a.text(1024).min(1),
  chain: a.sha256Ref,
});

export const decision = signedBody(authored.decisionBody);
export const decisionOutcome = signedBody(authored.outcomeBody);
export const decisionBatch = signedBody(authored.batchBody);
export const chainFrozen = signedBody(authored.chainBody);
export const recordErased = signedBody(authored.erasureBody);
export const keyRotated = z.strictObject({
  body: authored.rotationBody,
  by: z.strictObject({ old: signature, new: signature }),
});

/**
 * The first record of an epoch that a restore opened: what the log was restored from, what was there before, what was
 * applied again, and what nobody can know.
 */
export const systemEpoch = z.strictObject({
  epoch: z.int().min(1),
  origin: z.string().max(255),
  /** Leaves that the backup held; this record is the next, but for what governs. */
  from: a.index,
  /** The checkpoint that the backup ends with. */
  restored: z.string().max(16_384),
  /** The anchor that was found, null when there was none; `lost` is how many leaves it knows beyond the backup. */
  anchor: z.string().max(16_384).nullable(),
  lost: a.index.nullable(),
  lockdown: z.literal(true),
  /** `governing` records stand right before this one, exactly as they were; absent where there was none. */
  reapplied: z.strictObject({ erasures: a.index, revocations: a.index, governing: a.index.optional() }),
  unknown: z.array(z.string().max(512)).max(16),
});

/** Lockdown entered or left. `solo`: left by one person, where quorum mode would have asked others. */
export const systemLockdown = z.strictObject({
  state: z.enum(["entered", "left"]),
  reason: a.text(1024),
  mode: z.enum(["solo", "quorum"]),
});

/** A record of an older store as it was read, whole. `signature` says what could be checked of its own. */
export const legacyRecord = z.strictObject({
  layout: z.enum(["unsigned", "signed"]),
  signature: z.enum(["none", "verified"]),
  original: a.jsonObject,
});

/** Refusals of callers without an identity, counted: one record a minute at most, whatever arrives. */
export const refusalSummary = z.strictObject({
  from: a.timestamp,
  to: a.timestamp,
  total: a.index,
  byCode: z.record(a.code, a.index),
  byRoute: z.record(z.string().max(128), a.index),
});

/** Who cosigns checkpoints (C2SP tlog-policy), and whether a write waits for a quorum of them. */
export const logPolicy = z.strictObject({
  policy: z.string().max(32_768),
  acknowledge: z.enum(["durable", "cosigned"]),
  timeoutMs: z.int().min(100).max(20_000),
});
