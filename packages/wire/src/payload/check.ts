import type { Kind } from "@sigil/canon";
import type { z } from "zod";
import { WireError } from "../error.ts";
import { canonEntry } from "../schema/canon.ts";
import { clientKeyChange } from "../schema/client-key.ts";
import { issuerChange } from "../schema/issuer.ts";
import { publisherChange } from "../schema/publisher.ts";
import * as q from "./quorum.ts";
import * as p from "./records.ts";

/** The payload schema of every record kind: the compiler and a test hold the keys equal to canon's KINDS. */
export const PAYLOADS = {
  "system.genesis": p.systemGenesis,
  "canon.entry": canonEntry,
  "license.issue": p.licenseIssue,
  "license.revoke": p.licenseRevoke,
  "memory.block": p.memoryBlock,
  "run.input": p.runInput,
  "run.calls": p.runCalls,
  "run.output": p.runOutput,
  "run.log": p.runLog,
  "audit.event": p.auditEvent,
  "chain.frozen": p.chainFrozen,
  decision: p.decision,
  "decision.outcome": p.decisionOutcome,
  "decision.batch": p.decisionBatch,
  "refusal.summary": p.refusalSummary,
  "log.policy": p.logPolicy,
  "client-key.change": clientKeyChange,
  "issuer.change": issuerChange,
  "record.erased": p.recordErased,
  "key.rotated": p.keyRotated,
  "system.epoch": p.systemEpoch,
  "system.lockdown": p.systemLockdown,
  "quorum.entered": q.quorumEntered,
  "witness.change": q.witnessChange,
  "proposal.created": q.proposalCreated,
  "proposal.vote": q.proposalVote,
  "proposal.closed": q.proposalClosed,
  "policy.change": q.policyChange,
  "trust-model.change": q.trustModelChange,
  "config.change": q.configChange,
  "module.change": q.moduleChange,
  "publisher.change": publisherChange,
  "module.violation": p.moduleViolation,
  "module.suspended": p.moduleSuspended,
  "run.held": p.runHeld,
  "run.reviewed": p.runReviewed,
  "legacy.record": p.legacyRecord,
} as const satisfies Record<Kind, z.ZodType>;

export type PayloadKind = keyof typeof PAYLOADS;
export type PayloadOf<K extends PayloadKind> = z.output<(typeof PAYLOADS)[K]>;

/**
 * Returns the payload as the type of its kind. Throws `payload-kind-unknown` or `payload-invalid`; the message
 * names the place and the rule, never the text that stands there.
 */
export function checkPayload<K extends PayloadKind>(kind: K, payload: unknown): PayloadOf<K>;
export function checkPayload(kind: string, payload: unknown): unknown;
export function checkPayload(kind: string, payload: unknown): unknown {
  const schema: z.ZodType | undefined = Object.hasOwn(PAYLOADS, kind)
    ? PAYLOADS[kind as PayloadKind]
    : undefined;
  if (schema === undefined)
    throw new WireError("payload-kind-unknown", `no payload schema for kind ${JSON.stringify(kind)}`);
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = ["$", "payload", ...(issue?.path ?? [])].join(".");
  throw new WireError("payload-invalid", `${kind}: ${where}: ${issue?.message ?? "invalid"}`);
}
