import { z } from "zod";
import * as a from "./atoms.ts";

export const SERVICES = ["sigilderg", "mmf", "codex-nexus"] as const;
export const serviceName = z.enum(SERVICES);
export type ServiceName = z.infer<typeof serviceName>;

/** An instance id: 16 random bytes in base64url, drawn at each start. */
export const instanceId = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "16 bytes in base64url");

/** `GET /healthz`: the process answers. */
export const health = z.strictObject({ status: z.literal("ok"), service: serviceName });

/** `GET /readyz`: 200 when ready, else 503 with every reason; `service-not-ready` problems carry the same list. */
export const readiness = z.strictObject({
  ready: z.boolean(),
  reasons: z.array(z.strictObject({ code: a.code, detail: a.text(512) })).max(32),
});
export type Readiness = z.infer<typeof readiness>;

/** `GET /metrics` of SigilDERG: its own, or those of a service behind it, whose own route answers nobody else. */
export const metricsQuery = z.strictObject({ service: serviceName.optional() });

/** `GET /version`. */
export const version = z.strictObject({
  service: serviceName,
  version: a.semver,
  node: z.string().max(32),
  policy: a.sha256Ref,
});

/** `GET /.well-known/sigil-instance`: which process of which service answers; believed only with its MAC. */
export const instance = z.strictObject({ service: serviceName, instance: instanceId });

/** A public key of the installation, as the genesis record lists it. */
export const keyEntry = z.strictObject({
  service: z.enum(["codex-nexus", "sigilderg", "mmf", "issuer"]),
  purpose: z.enum(["record", "log", "service", "channel", "issuer"]),
  kid: a.kid,
  publicKey: a.bytes32,
});
export type KeyEntry = z.infer<typeof keyEntry>;

/** A row of the registry: a key that rotates is valid for the leaves `from` ≤ index < `to`; the present one has no `to`. */
export const registeredKey = keyEntry.extend({ from: a.index.optional(), to: a.index.optional() });
export type RegisteredKey = z.infer<typeof registeredKey>;

/** `GET /openapi.json`: the OpenAPI Specification 3.1 says what it is. */
export const openApiDocument = z.looseObject({
  openapi: z.string().max(16),
  info: z.looseObject({ title: z.string().max(64) }),
  paths: z.record(z.string().max(256), z.looseObject({})),
});

/** `GET /.well-known/sigil-keys`: what an external client needs to address and to verify this installation. */
export const wellKnownKeys = z.strictObject({
  service: serviceName,
  instance: instanceId,
  runtimeId: a.name,
  genesis: a.sha256Ref,
  /** Digest of the action table in force. */
  policy: a.sha256Ref,
  keys: z.array(registeredKey).max(1024),
});
