import { CanonError, canonicalBytes, type Json, parseJson } from "@sigil/canon";
import { sha256, toHex } from "@sigil/crypto";
import { z } from "zod";
import { MmfError } from "./error.ts";
import { checkSchema, type InputSchema } from "./input-schema.ts";
import { LIMIT_NAMES, type LIMITS, MAX_MANIFEST_BYTES, type RunLimits, runLimits } from "./limits.ts";

/** The engine that a manifest must name: a module runs in what it was built and tested for. */
export const ENGINE_ID = "quickjs-1";

/** Publisher of packages that name none. */
const DEFAULT_PUBLISHER = "sigil";

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "[a-z0-9][a-z0-9._-]{0,63}");
/** Slash-separated, relative, without dot segments: it cannot name anything outside the package on any platform. */
const path = z
  .string()
  .max(128)
  .regex(
    /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
    "a relative path without dot segments",
  );
const json = z.custom<Json>((value) => value !== undefined);
const jsonObject = z.custom<{ [key: string]: Json }>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "an object",
);

const manifestSchema = z.strictObject({
  id: name,
  version: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9a-z.-]{1,32})?$/, "a version such as 1.2.3"),
  publisher: name.optional(),
  description: z.string().max(512).optional(),
  engine: z.literal(ENGINE_ID),
  entry: path,
  input: json,
  capabilities: z.array(z.strictObject({ name: z.string().max(64), scope: jsonObject })).max(32),
  limits: z
    .strictObject(
      Object.fromEntries(LIMIT_NAMES.map((limit) => [limit, z.int().optional()])) as Record<
        keyof typeof LIMITS,
        z.ZodOptional<z.ZodInt>
      >,
    )
    .optional(),
  licence: z.string().max(128),
  files: z.record(path, z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256:<64 hex digits>")),
});

export interface Capability {
  name: string;
  scope: { [key: string]: Json };
}

/** A manifest that was checked, and its name for ever: `sha256:` + hex SHA-256 of its RFC 8785 form. */
export interface Manifest {
  digest: string;
  id: string;
  version: string;
  publisher: string;
  description: string;
  entry: string;
  input: InputSchema;
  capabilities: readonly Capability[];
  limits: RunLimits;
  files: ReadonlyMap<string, string>;
}

/**
 * Reads the bytes of a `sigil.module.json`.
 * @throws MmfError manifest-malformed, input-schema-unsupported, limit-over-ceiling
 */
export function readManifest(bytes: Uint8Array): Manifest {
  const value = parse(bytes);
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
    digest: `sha256:${toHex(sha256(canonicalBytes(value, { maxBytes: MAX_MANIFEST_BYTES })))}`,
    id: manifest.id,
    version: manifest.version,
    publisher: manifest.publisher ?? DEFAULT_PUBLISHER,
    description: manifest.description ?? "",
    entry: manifest.entry,
    input: checkSchema(manifest.input),
    capabilities: manifest.capabilities,
    limits: runLimits(manifest.limits ?? {}),
    files: new Map(Object.entries(manifest.files)),
  };
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes, { maxBytes: MAX_MANIFEST_BYTES });
  } catch (error) {
    if (error instanceof CanonError) throw malformed(`${error.code}: ${error.message}`);
    throw error;
  }
}

function malformed(detail: string): MmfError {
  return new MmfError("manifest-malformed", `sigil.module.json: ${detail}`);
}
