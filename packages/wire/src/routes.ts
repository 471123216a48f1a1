import { strictObject, type z } from "zod";
import * as a from "./schema/atoms.ts";
import * as audit from "./schema/audit.ts";
import * as canon from "./schema/canon.ts";
import * as clientKey from "./schema/client-key.ts";
import * as erasure from "./schema/erasure.ts";
import * as issuer from "./schema/issuer.ts";
import * as key from "./schema/key.ts";
import * as licence from "./schema/licence.ts";
import * as lockdown from "./schema/lockdown.ts";
import * as log from "./schema/log.ts";
import * as memory from "./schema/memory.ts";
import * as module from "./schema/module.ts";
import * as policy from "./schema/policy.ts";
import * as service from "./schema/service.ts";
import * as store from "./schema/store.ts";
import * as trust from "./schema/trust.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

export type Auth = "none" | "licence" | "envelope" | "envelope+grant";
export type Role = "sigilderg" | "mmf" | "client";

/**
 * One row per route of every service. `path` is in Hono's notation; `maxBytes` bounds the request body before a
 * byte of it is parsed, 0 means that a body is refused; `roles` are the registry roles that an envelope route
 * answers.
 */
export interface RouteRow {
  readonly service: service.ServiceName;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly action: string;
  readonly auth: Auth;
  readonly roles?: readonly Role[];
  readonly maxBytes: number;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly request?: z.ZodType;
  /** Absent for answers that are not JSON. */
  readonly response?: z.ZodType;
  /** Media type of an answer that is not JSON; `text/plain` unless said. */
  readonly media?: string;
}

const byUuid = strictObject({ id: a.uuid7 });
const byKid = strictObject({ kid: a.kid });
const byName = strictObject({ id: a.name });
const byService = strictObject({ service: service.serviceName });
const byCall = strictObject({ call: module.hostCall });

const open = { auth: "none", maxBytes: 0 } as const;
const licensed = { auth: "licence", maxBytes: 0 } as const;
/** Routes that answer nobody but SigilDERG's service key. */
const inner = { auth: "envelope", roles: ["sigilderg"], maxBytes: 0 } as const;

const health = {
  ...open,
  method: "GET",
  path: "/healthz",
  action: "health.read",
  response: service.health,
} as const;
const ready = {
  ...open,
  method: "GET",
  path: "/readyz",
  action: "health.read",
  response: service.readiness,
} as const;
const version = {
  ...open,
  method: "GET",
  path: "/version",
  action: "health.read",
  response: service.version,
} as const;
const instance = {
  ...open,
  method: "GET",
  path: "/.well-known/sigil-instance",
  action: "instance.challenge",
  response: service.instance,
} as const;

export const ROUTES = [
  { service: "sigilderg", ...health },
  { service: "sigilderg", ...ready },
  { service: "sigilderg", ...version },
  { service: "sigilderg", ...instance },
  { service: "sigilderg", ...licensed, method: "GET", path: "/metrics", action: "metrics.read" },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/.well-known/sigil-keys",
    action: "static.read",
    response: service.wellKnownKeys,
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/.well-known/security.txt",
    action: "static.read",
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/openapi.json",
    action: "static.read",
    response: service.openApiDocument,
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/openapi/:service",
    action: "static.read",
    params: byService,
    response: service.openApiDocument,
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/reference",
    action: "static.read",
    media: "text/html",
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/v1/checkpoint",
    action: "log.read",
    response: store.checkpoint,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/keys",
    action: "metrics.read",
    response: key.keyStatus,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/keys/rotations",
    action: "key.rotate",
    maxBytes: 4 * KiB,
    request: key.keyRotation,
    response: key.keyRotated,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/log/policy",
    action: "log-policy.change",
    maxBytes: 64 * KiB,
    request: log.policyChange,
    response: log.policyChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/client-keys",
    action: "config.read",
    response: clientKey.clientKeyList,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/client-keys",
    action: "client-key.change",
    maxBytes: 16 * KiB,
    request: clientKey.clientKeyAdd,
    response: clientKey.clientKeyChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/client-keys/:kid/rotation",
    action: "client-key.change",
    maxBytes: KiB,
    params: byKid,
    request: clientKey.clientKeyRotate,
    response: clientKey.clientKeyChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/client-keys/:kid/revocation",
    action: "client-key.change",
    maxBytes: 2 * KiB,
    params: byKid,
    request: clientKey.clientKeyRevoke,
    response: clientKey.clientKeyChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/issuers",
    action: "config.read",
    response: issuer.issuerList,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/issuers",
    action: "issuer.change",
    maxBytes: 4 * KiB,
    request: issuer.issuerRotate,
    response: issuer.issuerChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/issuers/:kid/retirement",
    action: "issuer.change",
    maxBytes: 2 * KiB,
    params: byKid,
    request: issuer.issuerRetire,
    response: issuer.issuerChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/lockdown",
    action: "audit.read",
    response: lockdown.lockdownView,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/lockdown",
    action: "lockdown.enter",
    maxBytes: 8 * KiB,
    request: lockdown.lockdownChange,
    response: lockdown.lockdownChanged,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/lockdown/end",
    action: "lockdown.leave",
    maxBytes: 8 * KiB,
    request: lockdown.lockdownChange,
    response: lockdown.lockdownChanged,
  },
  // C2SP tlog-tiles below /log: plain text and bytes, for any reader of such logs.
  { service: "sigilderg", ...open, method: "GET", path: "/log/checkpoint", action: "log.read" },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/log/tile/:tile{.+}",
    action: "log.read",
    media: "application/octet-stream",
    params: log.tilePath,
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/log/proof/:index",
    action: "log.read",
    params: log.leafPath,
  },
  {
    service: "sigilderg",
    ...open,
    method: "GET",
    path: "/v1/log/consistency",
    action: "log.read",
    query: log.consistencyQuery,
    response: log.consistency,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/licence",
    action: "license.validate",
    response: licence.licenceView,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/licences",
    action: "license.issue",
    maxBytes: 16 * KiB,
    request: licence.licenceIssue,
    response: licence.licenceIssued,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/modules",
    action: "module.list",
    response: module.moduleList,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/modules/:id/runs",
    action: "module.run",
    maxBytes: 2 * MiB,
    params: byName,
    request: module.moduleRun,
    response: module.runResult,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/runs/:id",
    action: "run.read",
    params: byUuid,
    response: module.runView,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/runs/:id/cancel",
    action: "run.cancel",
    params: byUuid,
    response: module.runCancelled,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/memory",
    action: "memory.write",
    maxBytes: 128 * KiB,
    request: memory.memoryWrite,
    response: memory.memoryWritten,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/memory",
    action: "memory.read",
    query: memory.memoryQuery,
    response: memory.memoryPage,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/memory/:id",
    action: "memory.read",
    params: byUuid,
    response: memory.memoryView,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/memory/:id/forget",
    action: "memory.forget",
    maxBytes: KiB,
    params: byUuid,
    request: erasure.memoryForget,
    response: erasure.erasure,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/erasures",
    action: "record.erase",
    maxBytes: KiB,
    request: erasure.principalErase,
    response: erasure.erasure,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/canon",
    action: "canon.read",
    query: canon.canonQuery,
    response: canon.canonPage,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/canon/:id",
    action: "canon.read",
    params: byUuid,
    response: store.storedOne,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/canon/export",
    action: "canon.export",
    maxBytes: 64 * KiB,
    request: canon.canonExport,
    response: canon.proofBundle,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/decisions/:id",
    action: "decision.read",
    params: byUuid,
    response: canon.decisionView,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/decisions/:id/explanation",
    action: "decision.explain",
    params: byUuid,
    response: canon.explanation,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/policy",
    action: "policy.read",
    response: policy.policyView,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "POST",
    path: "/v1/policy/explanations",
    action: "decision.explain",
    maxBytes: 16 * KiB,
    request: policy.explanationRequest,
    response: policy.dryRun,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/trust",
    action: "trust.read",
    response: trust.trustStanding,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/trust/:action",
    action: "trust.check",
    params: trust.byAction,
    query: trust.trustQuery,
    response: trust.trustCheck,
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/audit",
    action: "audit.read",
    query: audit.auditQuery,
    response: audit.auditPage,
  },
  // Server-sent events of the entries and outcomes to come, as long as both sides stay.
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/audit/stream",
    action: "audit.read",
    query: audit.auditStreamQuery,
    media: "text/event-stream",
  },
  {
    service: "sigilderg",
    ...licensed,
    method: "GET",
    path: "/v1/audit/:id",
    action: "audit.read",
    params: byUuid,
    response: audit.auditDetail,
  },
  {
    service: "sigilderg",
    auth: "envelope+grant",
    roles: ["mmf"],
    method: "POST",
    path: "/v1/host/:call",
    action: "host.call",
    maxBytes: 256 * KiB,
    params: byCall,
    request: module.hostRequest,
    response: module.hostResponse,
  },

  { service: "mmf", ...health },
  { service: "mmf", ...ready },
  { service: "mmf", ...version },
  { service: "mmf", ...instance },
  { service: "mmf", ...inner, method: "GET", path: "/metrics", action: "metrics.read" },
  {
    service: "mmf",
    ...inner,
    method: "GET",
    path: "/v1/modules",
    action: "run.execute",
    response: module.moduleList,
  },
  {
    service: "mmf",
    ...inner,
    auth: "envelope+grant",
    method: "POST",
    path: "/v1/runs",
    action: "run.execute",
    maxBytes: 8 * MiB,
    request: module.runRequest,
    response: module.runResponse,
  },

  { service: "codex-nexus", ...health },
  { service: "codex-nexus", ...ready },
  { service: "codex-nexus", ...version },
  { service: "codex-nexus", ...instance },
  { service: "codex-nexus", ...inner, method: "GET", path: "/metrics", action: "metrics.read" },
  {
    service: "codex-nexus",
    ...inner,
    method: "POST",
    path: "/v1/records",
    action: "store.append",
    maxBytes: 16 * MiB,
    request: store.storeAppend,
    response: store.storeAppended,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "GET",
    path: "/v1/records/:id",
    action: "store.read",
    params: byUuid,
    response: store.storedOne,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "POST",
    path: "/v1/records/query",
    action: "store.read",
    maxBytes: 16 * KiB,
    request: store.storeQuery,
    response: store.storePage,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "POST",
    path: "/v1/records/erasable",
    action: "store.read",
    maxBytes: KiB,
    request: erasure.erasableQuery,
    response: erasure.erasablePage,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "POST",
    path: "/v1/bundle",
    action: "store.prove",
    maxBytes: 64 * KiB,
    request: store.storeBundle,
    response: canon.proofBundle,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "GET",
    path: "/v1/checkpoint",
    action: "log.read",
    response: store.checkpoint,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "GET",
    path: "/v1/keys",
    action: "store.read",
    response: key.keyStatus,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "POST",
    path: "/v1/keys/kek",
    action: "store.rotate",
    response: key.kekBegun,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "POST",
    path: "/v1/keys/signing",
    action: "store.rotate",
    maxBytes: 4 * KiB,
    request: key.signingRotation,
    response: key.signingRotated,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "GET",
    path: "/v1/log/tile",
    action: "log.read",
    query: log.tileQuery,
    response: log.tileBytes,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "GET",
    path: "/v1/log/consistency",
    action: "log.read",
    query: log.consistencyQuery,
    response: log.consistency,
  },
  {
    service: "codex-nexus",
    ...inner,
    method: "GET",
    path: "/v1/log/inclusion",
    action: "log.read",
    query: log.inclusionQuery,
    response: log.inclusion,
  },
] as const satisfies readonly RouteRow[];
