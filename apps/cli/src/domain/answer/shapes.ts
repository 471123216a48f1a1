import { licenceClaims } from "@sigil/policy";
import { atoms, auditEntry, auditOutcome, CHAIN_STEPS, licenceEntry, signedAttestation } from "@sigil/wire";
import { PACKAGE_STEPS } from "@sigil/wire/module-package";
import { z } from "zod";
import { FINDINGS, type FindingCode } from "../doctor/findings.ts";
import { answerOf, answerWith } from "./answer.ts";

// What commands print with --json that no route of the door answers as it is. Docs are generated from these, and the
// end-to-end tests hold every answer that they read against them.

const text = z.string();
const count = z.int().min(0);
const path = z.string().describe("a path on this machine");
const time = z.iso.datetime({ offset: true });

/** A governed change in quorum mode: nothing has happened yet but a proposal. */
export const PROPOSED = z.strictObject({ proposed: answerOf("sigilderg POST /v1/proposals") });

/** A file that was written instead of standard output. */
export const writtenFile = (more: z.core.$ZodLooseShape = {}) => z.strictObject({ file: path, ...more });

const service = z.strictObject({ name: text, url: z.url(), pid: count });
export const STARTED = z.strictObject({
  event: z.literal("ready"),
  home: path,
  milliseconds: count,
  founded: z.looseObject({ runtimeId: text, genesis: atoms.sha256Ref }).nullable(),
  services: z.array(service),
  licences: z.array(z.strictObject({ name: text, loa: atoms.loa, file: path })),
  trust: path,
  logs: path,
});
export const STOPPED = z.strictObject({ event: z.literal("stopped"), killed: z.array(text) });

export const FOUNDED = z.strictObject({
  home: path,
  secrets: path,
  trust: path,
  licences: path,
  runtimeId: text,
  genesis: atoms.sha256Ref,
  modules: z.array(z.strictObject({ id: text, digest: atoms.sha256Ref })),
  guidance: count,
});

export const STATUS = z.strictObject({
  ready: z.boolean(),
  mode: z.enum(["solo", "quorum"]),
  home: path,
  supervisor: z.strictObject({ pid: count, startedAt: time }).nullable(),
  services: z.array(
    z.strictObject({
      name: text,
      url: z.url(),
      pid: count.nullable(),
      reachable: z.boolean(),
      ready: z.boolean(),
      reasons: z.array(text),
      version: text.optional(),
    }),
  ),
  log: answerOf("sigilderg GET /v1/checkpoint").nullable(),
  models: z.array(z.strictObject({ name: text, base: z.url(), model: text })),
});

export const DIAGNOSIS = z.strictObject({
  ok: z.boolean(),
  faults: count,
  warnings: count,
  findings: z.array(
    z.strictObject({
      code: z.enum(Object.keys(FINDINGS) as [FindingCode, ...FindingCode[]]),
      level: z.enum(["ok", "note", "warning", "fault"]),
      check: text,
      detail: text,
      remedy: text.nullable(),
    }),
  ),
});

/** One place where a store is not what it was when it was written; `index` null when it is about the store as a whole. */
const storeFinding = z.strictObject({
  index: count.nullable(),
  id: text.optional(),
  kind: text.optional(),
  check: text,
  detail: text,
});
export const STORE_REPORT = z.strictObject({
  ok: z.boolean(),
  keyed: z
    .boolean()
    .describe("whether records were decrypted, or only hashes, tree and checkpoint looked at"),
  from: count.describe("the first leaf that was looked at"),
  grounds: z
    .union([
      z.strictObject({ by: z.literal("checkpoint") }),
      z.strictObject({ by: z.literal("resume"), at: text }),
    ])
    .nullable(),
  records: count,
  size: count.nullable(),
  root: text.nullable(),
  findings: z.array(storeFinding),
  erased: z.array(z.strictObject({ index: count, id: text, kind: text, receipt: count })),
});
export const BACKUP = z.strictObject({
  file: path,
  bytes: count,
  sha256: text,
  records: count,
  size: count.nullable(),
  root: text.nullable(),
  needs: z.array(text),
  since: z
    .strictObject({ file: path, size: count, sha256: text })
    .optional()
    .describe("of a segment: what it goes on from"),
});
export const RESTORE = z.strictObject({
  epoch: count,
  origin: text,
  from: count,
  checkpoint: text,
  lost: count.nullable(),
  reapplied: z.strictObject({
    erasures: count,
    revocations: count,
    governing: count.optional().describe("records of quorum mode and its witnesses"),
  }),
  unknown: z.array(text),
  lockdown: z.literal(true),
  verifierKey: text.describe("C2SP verifier key of the new origin"),
  kept: path.nullable(),
});
export const MIGRATE = z.strictObject({
  dryRun: z.boolean(),
  lines: count,
  empty: count,
  migrated: count,
  present: count,
  rejected: z.array(z.strictObject({ line: count, code: text, detail: text })),
  kinds: z.record(z.string(), count),
});

const bundleStep = z.looseObject({});
const BUNDLE = {
  verdict: z.enum(["verified", "refused", "unpinned"]),
  code: text.optional(),
  steps: z.array(bundleStep),
  entries: z.array(
    z.strictObject({
      index: count,
      id: text.optional(),
      kind: text.optional(),
      rh: text,
      checks: z.array(text),
    }),
  ),
  cited: z.array(z.strictObject({ hash: text, by: text, present: z.boolean() })),
};
export const BUNDLE_REPORT = z.strictObject({
  ...BUNDLE,
  followed: z.array(z.looseObject({ role: text, kid: atoms.kid, publicKey: text })),
  unfollowed: text.optional(),
  chains: z
    .array(
      z.strictObject({
        run: text,
        record: text,
        hash: atoms.sha256Ref,
        verdict: z.enum(["holds", "incomplete", "refused"]),
        failed: z.enum(CHAIN_STEPS).optional().describe("the first step that fails"),
        steps: z.array(
          z.strictObject({
            name: z.enum(CHAIN_STEPS),
            state: z.enum(["holds", "absent", "fails"]),
            detail: text,
          }),
        ),
      }),
    )
    .describe("each FrozenChain in the bundle, held against what it cites"),
});
export const TRUST_FILE = z.looseObject({
  v: z.literal(1),
  type: z.literal("sigil-trust"),
  runtimeId: text,
  origin: text,
  genesis: atoms.sha256Ref,
});

const cited = z.array(z.strictObject({ ref: text, title: text }));
export const RUN = answerWith("sigilderg POST /v1/modules/:id/runs", { cited });
export const DEMO = z.looseObject({
  file: path,
  run: answerOf("sigilderg POST /v1/modules/:id/runs"),
  cited,
  records: z.array(answerOf("sigilderg GET /v1/canon/:id")),
  offline: z.looseObject({ exit: count, report: z.looseObject(BUNDLE) }),
  unpinned: z.looseObject({ exit: count, verdict: text }),
  tampering: z.looseObject({ before: STORE_REPORT, after: STORE_REPORT }),
  seconds: z.number(),
});

export const AUDIT_EVENT = z.union([
  z.strictObject({ decision: auditEntry }),
  z.strictObject({ outcome: auditOutcome }),
]);

/** An answer that the runtime gave where one runs and may be asked, this command's own table otherwise. */
export const sourced = (id: Parameters<typeof answerWith>[0]) =>
  answerWith(id, { from: z.enum(["runtime", "command"]) });
export const CASES = z.strictObject({
  from: z.enum(["runtime", "command", "file"]),
  note: text.optional(),
  policy: atoms.sha256Ref,
  cases: count,
  passed: count,
  failures: z.array(z.strictObject({ id: text, problems: z.array(text) })),
  unhit: z.array(text),
  ok: z.boolean(),
});

export const KEYS = z.strictObject({
  keys: z.array(
    z.strictObject({
      owner: text,
      purpose: text,
      kid: text.nullable(),
      createdAt: text.nullable(),
      sealedWith: text.nullable(),
      path,
      problem: text.nullable(),
    }),
  ),
});
export const CONFIG = z.strictObject({
  home: path,
  config: z.record(z.string(), z.record(z.string(), z.json())),
  recorded: answerOf("sigilderg GET /v1/config").nullable(),
  origins: z.record(z.string(), z.string()).optional(),
});

export const ISSUED = z.strictObject({
  licence: text,
  record: atoms.uuid7,
  decision: atoms.uuid7,
  claims: licenceClaims,
  files: z.strictObject({ written: z.array(path), putAside: z.array(path) }),
});
export const LICENCE = z.strictObject({
  name: text.optional(),
  claims: z.looseObject({ sub: atoms.name, loa: atoms.loa }).optional(),
  door: z.union([
    z.strictObject({
      verdict: z.literal("accepted"),
      effective: z.strictObject({ principal: atoms.name, loa: atoms.loa, scope: z.array(text) }),
    }),
    z.strictObject({ verdict: z.literal("refused"), code: text.optional() }),
    z.strictObject({ verdict: z.literal("unknown"), code: text }),
  ]),
});

export const PROPOSAL = answerWith("sigilderg GET /v1/proposals/:id", {
  account: z.strictObject({
    headline: text,
    fields: z.array(z.tuple([text, atoms.json])),
    table: z
      .strictObject({ inForce: z.array(z.looseObject({})).nullable(), builtIn: z.array(z.looseObject({})) })
      .nullable(),
  }),
});
export const VOTED = answerWith("sigilderg POST /v1/proposals/:id/attestations", {
  proposal: atoms.uuid7,
  digest: atoms.sha256Ref.optional(),
  vote: signedAttestation.optional(),
});
export const WATCHED = z.strictObject({
  ts: time,
  proposal: atoms.uuid7,
  state: text,
  have: count,
  need: count,
  missing: z.array(text),
});

export const LICENCES = z.strictObject({ licences: z.array(licenceEntry) });

const terms = {
  capabilities: z.array(z.strictObject({ name: text, scope: atoms.jsonObject })),
  limits: z.record(text, count),
};
export const PACKAGE_REPORT = z.union([
  z.strictObject({
    verdict: z.literal("verified"),
    id: text,
    version: text,
    digest: atoms.sha256Ref,
    publisher: z.strictObject({ kid: atoms.kid, publicKey: atoms.bytes32 }).nullable(),
    ...terms,
  }),
  z.strictObject({
    verdict: z.literal("refused"),
    step: z.enum(PACKAGE_STEPS),
    code: text,
    detail: text,
    remedy: text,
  }),
]);

export const INSTALLED = answerWith("sigilderg POST /v1/modules", {
  id: text,
  version: text,
  digest: atoms.sha256Ref,
  folder: path,
  changes: z.array(z.strictObject({ more: z.boolean(), text })).describe("beside the version before"),
});

export const REMOVED = z.strictObject({ digest: atoms.sha256Ref, folder: path });
export const SELFTEST = z.strictObject({
  ok: z.boolean(),
  steps: z.array(z.strictObject({ name: text, ok: z.boolean(), detail: text, milliseconds: count })),
});
