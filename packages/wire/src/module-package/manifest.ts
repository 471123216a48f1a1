import { CanonError, canonicalBytes, type Json, parseJson } from "@sigil/canon";
import { CryptoError, fromBase64url, sha256, toHex, verifyKey } from "@sigil/crypto";
import { z } from "zod";
import * as a from "../schema/atoms.ts";
import { pathRefusal } from "./files.ts";
import { checkSchema, type InputSchema } from "./input-schema.ts";
import { LIMIT_NAMES, LIMITS, type LimitName, PACKAGE_LIMITS, type RunLimits, runLimits } from "./limits.ts";
import { packageRefusal } from "./refusal.ts";

/** The engine that a manifest must name: a module runs in what it was built and tested for. */
export const ENGINE_ID = "quickjs-1";

/** Slash-separated, relative, without dot segments: it cannot name anything outside the package on any platform. */
const path = z
  .string()
  .max(128)
  .regex(
    /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
    "a relative path without dot segments",
  )
  .refine(
    (value) => pathRefusal(value) === undefined,
    "a relative path that every platform takes for a plain file",
  );

const limits = Object.fromEntries(
  LIMIT_NAMES.map((name) => {
    const { default: byDefault, ceiling } = LIMITS[name];
    // Out of range is refused as limit-over-ceiling; editors learn the range here.
    return [name, z.int().optional().meta({ minimum: 1, maximum: ceiling, default: byDefault })];
  }),
) as Record<LimitName, z.ZodOptional<z.ZodInt>>;

/** `sigil.module.json`: what a module is, what it asks for, whose it is, and the bytes that it consists of. */
export const manifestSchema = z.strictObject({
  id: a.name.describe("The name under which it runs."),
  version: a.semver.describe("Semantic version."),
  publisher: a.bytes32
    .optional()
    .describe(
      "The publisher's raw Ed25519 public key in base64url. Signing sets it; without it a package is unsigned.",
    ),
  description: z.string().max(512).optional(),
  engine: z.literal(ENGINE_ID),
  entry: path.describe("The ES module that is evaluated; one of `files`."),
  input: a.json.describe("JSON Schema of a run's input, in the subset of docs/reference/formats.md."),
  capabilities: z
    .array(z.strictObject({ name: z.string().max(64), scope: a.jsonObject }))
    .max(32)
    .describe("Every host call that the module may make, each with what it is narrowed to."),
  limits: z.strictObject(limits).optional().describe("Limits of a run that differ from the defaults."),
  licence: z.string().max(128).describe("SPDX expression."),
  files: z
    .record(path, a.sha256Ref)
    .describe("The SHA-256 of every file by its path, but for sigil.module.json and sigil.sig.json."),
});

/** A capability that a manifest asks for. */
export interface Capability {
  name: string;
  scope: { [key: string]: Json };
}

/** The key whose holder answers for a package. */
export interface Publisher {
  /** RFC 7638 thumbprint: the fingerprint that people compare. */
  readonly kid: string;
  /** 32 raw bytes in base64url. */
  readonly publicKey: string;
}

/** A manifest that was checked, and its name for ever: `sha256:` + hex SHA-256 of its RFC 8785 form. */
export interface Manifest {
  digest: string;
  id: string;
  version: string;
  /** Null of a package that nobody has signed yet. */
  publisher: Publisher | null;
  description: string;
  licence: string;
  entry: string;
  input: InputSchema;
  capabilities: readonly Capability[];
  limits: RunLimits;
  files: ReadonlyMap<string, string>;
}

/**
 * Reads the bytes of a `sigil.module.json`.
 * @throws WireError manifest-malformed, input-schema-unsupported, limit-over-ceiling
 */
export function readManifest(bytes: Uint8Array): Manifest {
  return checkManifest(parseManifest(bytes));
}

/** The JSON of a manifest file, its form unchecked. @throws WireError manifest-malformed */
export function parseManifest(bytes: Uint8Array): Json {
  return orMalformed(() => parseJson(bytes, { maxBytes: PACKAGE_LIMITS.manifestBytes }));
}

/** @throws WireError as {@link readManifest} */
export function checkManifest(value: Json): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw malformed(`$.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  const manifest = result.data;
  if (!Object.hasOwn(manifest.files, manifest.entry)) {
    throw malformed(`entry "${manifest.entry}" is not among files; build the module again`);
  }
  return {
    digest: digestOf(manifestBytes(value)),
    id: manifest.id,
    version: manifest.version,
    publisher: manifest.publisher === undefined ? null : publisherOf(manifest.publisher),
    description: manifest.description ?? "",
    licence: manifest.licence,
    entry: manifest.entry,
    input: checkSchema(manifest.input),
    capabilities: manifest.capabilities,
    limits: runLimits(manifest.limits ?? {}),
    files: new Map(Object.entries(manifest.files)),
  };
}

/** The RFC 8785 form, which is what the digest names and the publisher signs. @throws WireError manifest-malformed */
export function manifestBytes(value: Json): Uint8Array {
  return orMalformed(() => canonicalBytes(value, { maxBytes: PACKAGE_LIMITS.manifestBytes }));
}

/** `sha256:` and the hex SHA-256 of some bytes, as manifests and records write it. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${toHex(sha256(bytes))}`;
}

function publisherOf(publicKey: string): Publisher {
  try {
    return { kid: verifyKey(fromBase64url(publicKey)).kid, publicKey };
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw malformed(`$.publisher: no usable Ed25519 key: ${error.code}`, error);
  }
}

function orMalformed<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CanonError) throw malformed(`${error.code}: ${error.message}`, error);
    throw error;
  }
}

function malformed(detail: string, cause?: unknown) {
  return packageRefusal("manifest-malformed", `sigil.module.json: ${detail}`, cause);
}
