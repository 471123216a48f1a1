import { z } from "zod";
import * as a from "./atoms.ts";
import { pageQuery } from "./memory.ts";
import { counterfactual, reason, waterfall } from "./trust.ts";

const verdict = z.enum(["allow", "deny"]);
const status = z.enum(["done", "held", "failed", "unknown"]);

/** What became of an allowed durable action, and the records that it wrote. */
export const auditOutcome = z.strictObject({
  decision: a.uuid7,
  status,
  code: a.code.optional(),
  effects: z.array(z.strictObject({ id: a.uuid7, kind: z.string().max(64), stream: a.identifier })).max(256),
  ts: a.timestamp,
});

/** One decision as an auditor lists it: a record of its own (`durable`), or one of a batch (`batched`). */
export const auditEntry = z.strictObject({
  id: a.uuid7,
  /** Leaf of the record that holds it. */
  index: a.index,
  record: a.uuid7,
  recorded: z.enum(["durable", "batched"]),
  ts: a.timestamp,
  action: a.action,
  principal: a.name.nullable(),
  loa: a.loa.nullable(),
  licence: z.string().max(64).nullable(),
  verdict,
  reasons: z.array(reason).max(64),
  trust: z.strictObject({ score: z.number(), threshold: z.number() }).nullable(),
  mode: z.enum(["solo", "quorum"]),
  run: a.uuid7.optional(),
  module: a.name.optional(),
  route: z.string().max(128),
  outcome: auditOutcome.nullable(),
});
export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditOutcome = z.infer<typeof auditOutcome>;

/** What decides whether an entry is listed; every given field must match. */
const filter = {
  principal: a.name.optional(),
  /** One action, or every action of an object: `memory.*`. */
  action: z
    .string()
    .regex(/^[a-z][a-z-]{0,31}\.(\*|[a-z][a-z-]{0,31})$/, "an action such as memory.write or memory.*")
    .optional(),
  verdict: verdict.optional(),
  run: a.uuid7.optional(),
  /** Only what was recorded after this leaf. */
  after: z.coerce.number().pipe(a.index).optional(),
};

/** `GET /v1/audit`. Times are of the record: from `since` on and before `until`. */
export const auditQuery = z.strictObject({
  ...pageQuery,
  ...filter,
  decision: a.uuid7.optional(),
  since: a.timestamp.optional(),
  until: a.timestamp.optional(),
  order: z.enum(["asc", "desc"]).optional(),
});

/**
 * A page ends with the record that fills it: it may hold the rest of a batch more than was asked for, and it may be short,
 * or empty, although `next` is set, when much was filtered away.
 */
export const auditPage = z.strictObject({
  entries: z.array(auditEntry).max(2048),
  next: z.string().max(1024).nullable(),
});

/** `GET /v1/audit/stream`. Without `after` it begins with what is recorded from now on. */
export const auditStreamQuery = z.strictObject(filter);

/** `GET /v1/audit/:id`: one decision with everything that explains it. */
export const auditDetail = z.strictObject({
  entry: auditEntry,
  sentences: z.array(z.string().max(2048)).max(64),
  /** From the bias to the last feature, in log-odds; empty where no trust was asked. */
  waterfall,
  counterfactual,
});
