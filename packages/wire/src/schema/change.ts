import { actionRowSchema } from "@sigil/policy";
import { z } from "zod";
import { configChange, settingValue } from "../payload/quorum.ts";
import { moduleSuspended, moduleViolation } from "../payload/records.ts";
import * as a from "./atoms.ts";
import { pageQuery } from "./memory.ts";
import { acceptance, capability, signedTerms } from "./module.ts";
import { trustModel } from "./trust.ts";

// What changes by records at run time: the action table, the trust model, governed settings. Each is versioned from 0, which is
// built in, can be asked for as it was, and can be changed back.

/** Why. A proposal has a reason of its own, which stands in for it. */
const reason = a.text(1024).min(1).optional();
const mode = z.enum(["solo", "quorum"]);
/** The version to go back to: what it held becomes the next version. */
const revert = a.index.optional();

const number = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/, "a whole number without leading zeroes")
  .transform(Number)
  .refine(Number.isSafeInteger, "at most 2^53 − 1");

/** What is asked about: a version, a leaf of the log, or a time; what is in force now unless one of them is given. */
export const momentQuery = z
  .strictObject({ version: number.optional(), leaf: number.optional(), at: a.timestamp.optional() })
  .refine((query) => Object.keys(query).length <= 1, "at most one of version, leaf and at");
export type MomentQuery = z.infer<typeof momentQuery>;

/** The record that made a version; null for version 0. */
export const made = z
  .strictObject({
    record: a.uuid7,
    index: a.index,
    ts: a.timestamp,
    by: a.name,
    decision: a.uuid7.nullable(),
    /** The proposal that was committed for it; null where one person did it. */
    proposal: a.uuid7.nullable(),
    mode,
    reason: a.text(1024),
  })
  .nullable();

/** What every change answers: the new version, and the record that made it. */
export const changed = z.strictObject({
  version: a.index,
  record: a.uuid7,
  index: a.index,
  decision: a.uuid7,
});

const exactlyOne =
  (...keys: readonly string[]) =>
  (body: Readonly<Record<string, unknown>>) =>
    keys.filter((key) => body[key] !== undefined).length === 1;

/** `POST /v1/policy`: the whole table, or the version whose table comes back. */
export const policyRequest = z
  .strictObject({ rows: z.array(actionRowSchema).min(1).max(1024).optional(), revert, reason })
  .refine(exactlyOne("rows", "revert"), "exactly one of rows and revert");

/** A page of versions. */
export const versionsQuery = z.strictObject(pageQuery);
const next = z.string().max(1024).nullable();

/** `GET /v1/policy/versions`, the oldest first. */
export const policyVersions = z.strictObject({
  versions: z.array(z.strictObject({ version: a.index, digest: a.sha256Ref, made })).max(200),
  next,
});

/** `POST /v1/trust-model`: the whole model, or the version whose model comes back. */
export const trustModelRequest = z
  .strictObject({ model: trustModel.optional(), revert, reason })
  .refine(exactlyOne("model", "revert"), "exactly one of model and revert");

/** `POST /v1/modules`, `/v1/modules/revocations` and `/v1/modules/reinstatements`: a module by its digest. */
export const moduleRequest = z.strictObject({ id: a.name, digest: a.sha256Ref, reason });
/** `POST /v1/modules`: what somebody who registers alone agrees to by name; proposals show it, and votes agree to it. */
export const moduleRegistration = z.strictObject({
  ...moduleRequest.shape,
  accept: z.array(acceptance).max(3).optional(),
});
export const moduleChanged = z.strictObject({ record: a.uuid7, index: a.index, decision: a.uuid7 });

/** `GET /v1/modules/:id/versions`: all that happened to a module, the oldest first. */
export const moduleVersions = z.strictObject({
  /** The digest that runs now; null where none does. */
  inForce: a.sha256Ref.nullable(),
  events: z
    .array(
      z.strictObject({
        change: z.enum(["genesis", "register", "revoke", "reinstate", "suspend"]),
        digest: a.sha256Ref,
        /** Null of a revocation and a suspension. */
        version: a.semver.nullable(),
        ...signedTerms,
        capabilities: z.array(capability).max(32).nullable(),
        made,
      }),
    )
    .max(200),
  next,
});

/** `GET /v1/modules/:id/standing`: how each digest of a module stands, and what speaks against it, the newest first. */
export const moduleStanding = z.strictObject({
  id: a.name,
  /** The digest that runs now; null where none does. */
  inForce: a.sha256Ref.nullable(),
  /** So many violations of a digest within so many hours suspend it. */
  limit: moduleSuspended.shape.limit,
  digests: z
    .array(
      z.strictObject({
        digest: a.sha256Ref,
        version: a.semver,
        state: z.enum(["in-force", "superseded", "revoked", "suspended"]),
        /** Violations that count towards a suspension now. */
        counted: a.index,
      }),
    )
    .max(256),
  violations: z
    .array(
      moduleViolation.omit({ id: true }).extend({
        record: a.uuid7,
        index: a.index,
        ts: a.timestamp,
        /** Whose run it was. */
        principal: a.name,
        decision: a.uuid7,
        /** Whether it counts towards a suspension now. */
        counts: z.boolean(),
      }),
    )
    .max(200),
  next,
});

/** `GET /v1/trust-model`. */
export const trustModelView = z.strictObject({ version: a.index, model: trustModel, made });
/** `GET /v1/trust-model/versions`, the oldest first. */
export const trustModelVersions = z.strictObject({
  versions: z.array(z.strictObject({ version: a.index, id: z.string().max(64), made })).max(200),
  next,
});

/** Settings that records set, over file, environment and flags; what is absent is as it was at the start. */
const settingValues = configChange.shape.values;

/** `POST /v1/config`: every setting that a record shall set from here on, or the version whose values come back. */
export const configRequest = z
  .strictObject({ values: settingValues.optional(), revert, reason })
  .refine(exactlyOne("values", "revert"), "exactly one of values and revert");

/** `GET /v1/config`: the values of that version, and what each setting that can be changed came to with them. */
export const configView = z.strictObject({
  version: a.index,
  made,
  values: settingValues,
  settings: z
    .array(
      z.strictObject({
        key: z.string().max(128),
        value: settingValue,
        /** `record`, or where the value of the start came from: `default`, `sigil.toml`, `environment …`, `flag`. */
        source: z.string().max(128),
      }),
    )
    .max(64),
  /** Settings that hold from start to start. */
  fixed: z.array(z.string().max(128)).max(64),
});

/** `GET /v1/config/versions`, the oldest first. */
export const configVersions = z.strictObject({
  versions: z.array(z.strictObject({ version: a.index, values: settingValues, made })).max(200),
  next,
});
