import { MOST_ASKED_PARENTS, ruleZeroOutput } from "@sigil/policy";
import { z } from "zod";
import { LIMIT_NAMES, type LimitName } from "../module-package/limits.ts";
import * as a from "./atoms.ts";
import { canonRecord } from "./record.ts";
import { reason, trustResult, verdict } from "./trust.ts";

/** A capability that a module declares and a grant gives: a name and what it is limited to. */
export const capability = z.strictObject({ name: z.string().max(64), scope: a.jsonObject });
export type CapabilityEntry = z.infer<typeof capability>;

/** Every limit of a run, by its name: milliseconds, bytes and a count. */
export const limits = z.strictObject(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, a.index])) as Record<LimitName, z.ZodInt>,
);

/**
 * What a registration takes from the signed manifest beside capabilities. Absent in records from before packages were
 * signed: such a module has no publisher, and does not run.
 */
export const signedTerms = { publisher: a.kid.optional(), limits: limits.optional() };

/** What somebody who registers alone has to agree to by name: more than before, an older version, another publisher. */
export const acceptance = z.enum(["more", "older", "publisher"]);
export type Acceptance = z.infer<typeof acceptance>;

const held = {
  id: a.name,
  version: a.semver,
  digest: a.sha256Ref,
  /** Thumbprint of the key that signed it; null of an unsigned one. */
  publisher: a.kid.nullable(),
  description: a.text(512),
  capabilities: z.array(capability).max(32),
  limits,
};

/** A package that the module host did not load. */
const refused = z.strictObject({ folder: a.text(256), code: a.code, detail: a.text(1024) });

/** MMF's `GET /v1/modules`: every package that is loaded, several of one id among them. */
export const heldModules = z.strictObject({
  modules: z.array(z.strictObject(held)).max(256),
  refused: z.array(refused).max(256),
});

/** SigilDERG → MMF: the manifest of a package that is held, as its files have it; `signature` null of an unsigned one. */
export const heldManifest = z.strictObject({ manifest: a.jsonObject, signature: a.json });

/** `GET /v1/modules`: those that run; those that do not, and why; and what the module host refused to load. */
export const moduleList = z.strictObject({
  modules: z.array(z.strictObject({ ...held, publisherName: a.name.nullable() })).max(256),
  others: z
    .array(
      z.strictObject({
        id: a.name,
        version: a.semver,
        digest: a.sha256Ref,
        publisher: a.kid.nullable(),
        state: z.enum([
          "unregistered",
          "revoked",
          "suspended",
          "superseded",
          "publisher-revoked",
          "publisher-unknown",
          "not-held",
        ]),
      }),
    )
    .max(512),
  refused: z.array(refused).max(256),
});

/** `POST /v1/modules/:id/runs`. */
export const moduleRun = z.strictObject({
  input: a.json,
  session: a.name.optional(),
  /** Runs that this one goes on from: their chains become parents of its own. */
  parents: z.array(a.uuid7).max(MOST_ASKED_PARENTS).optional(),
});

export const usage = z.strictObject({
  cpuMs: z.number().min(0),
  wallMs: z.number().min(0),
  memoryBytes: z.number().min(0),
  hostCalls: a.index,
});
export const runStatus = z.enum(["done", "held", "failed"]);

/** What a caller gets back from a run: the Rule Zero output and the records that now prove it. */
export const runResult = z.strictObject({
  run: a.uuid7,
  decision: a.uuid7,
  module: z.strictObject({ id: a.name, digest: a.sha256Ref }),
  status: runStatus,
  code: a.code.optional(),
  verdict,
  reasons: z.array(reason).max(64),
  output: ruleZeroOutput,
  trust: trustResult.nullable(),
  records: z
    .array(z.strictObject({ id: a.uuid7, kind: z.string().max(64), hash: a.sha256Ref, index: a.index }))
    .max(256),
  usage,
});
export type RunResult = z.infer<typeof runResult>;

/** SigilDERG → MMF: execute an admitted run. `inputRecord` is the run.input record as it was committed. */
export const runRequest = z.strictObject({
  run: a.uuid7,
  module: a.name,
  digest: a.sha256Ref,
  input: a.json,
  inputRecord: canonRecord,
  principal: a.name,
  loa: a.loa,
  session: a.name,
  trust: trustResult.nullable(),
  decision: a.uuid7,
  /** The chains that the caller named as this run's parents. */
  parents: z.array(z.strictObject({ run: a.uuid7, hash: a.sha256Ref })).max(MOST_ASKED_PARENTS),
  startedAt: a.timestamp,
});
export type RunRequest = z.infer<typeof runRequest>;

/** `stopped` is false when the run came to its own end before it could be stopped. */
export const runCancelled = z.strictObject({ run: a.uuid7, stopped: z.boolean() });

/** MMF → SigilDERG: run.calls, run.output and chain.frozen, chained after the input record. */
export const runResponse = z.strictObject({
  status: runStatus,
  code: a.code.optional(),
  output: ruleZeroOutput,
  verdict,
  records: z.array(canonRecord).max(3),
  usage,
});
export type RunResponse = z.infer<typeof runResponse>;

/** A host call as `run.calls` keeps it: its full argument, and its result or error. */
export const recordedCall = z.strictObject({
  seq: a.index,
  method: z.string().max(64),
  args: a.json,
  result: a.json.optional(),
  error: z.strictObject({ code: a.code, detail: z.string().max(1024) }).optional(),
  ms: z.number().min(0),
});

/** SigilDERG → MMF: execute a recorded run again, from its recorded calls. `failed`: it ended without an output of its module. */
export const replayRequest = z.strictObject({
  run: a.uuid7,
  module: a.name,
  digest: a.sha256Ref,
  /** Of the engine that the chain names. */
  engine: a.sha256Ref,
  input: a.json,
  startedAt: a.timestamp,
  calls: z.array(recordedCall).max(1024),
  trustAllowed: z.boolean(),
  failed: z.boolean(),
});
export type ReplayRequest = z.infer<typeof replayRequest>;

/** What follows from module, input and calls alone; or the first host call that is not the recorded one. */
export const replayResponse = z.strictObject({
  diverged: z.strictObject({ call: a.index, detail: z.string().max(1024) }).nullable(),
  replayed: z
    .strictObject({
      output: ruleZeroOutput,
      moduleVerdict: verdict.nullable(),
      verdict,
      reasons: z.array(reason).max(64),
      context: z.array(z.strictObject({ ref: z.string().max(256), hash: a.sha256Ref.optional() })).max(256),
    })
    .nullable(),
  usage: usage.omit({ hostCalls: true }),
});
export type ReplayResponse = z.infer<typeof replayResponse>;

/** `POST /v1/runs/:id/replay`: output and verdict came out again, byte for byte in RFC 8785. */
export const runReplayed = z.strictObject({
  run: a.uuid7,
  decision: a.uuid7,
  module: z.strictObject({ id: a.name, digest: a.sha256Ref }),
  /** Hashes of the records that it was held against. */
  output: a.sha256Ref,
  chain: a.sha256Ref,
  verdict,
  hostCalls: a.index,
  usage: usage.omit({ hostCalls: true }),
});

/** MMF → SigilDERG: one host call of a running module. `seq` counts the calls of the run from 0. */
export const hostRequest = z.strictObject({ run: a.uuid7, seq: a.index, args: a.json });
export const hostResponse = z.strictObject({ result: a.json });
export const hostCall = z.enum([
  "memory.write",
  "memory.list",
  "canon.read",
  "interaction.log",
  "audit.emit",
  "llm.complete",
]);
