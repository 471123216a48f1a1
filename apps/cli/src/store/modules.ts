import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalBytes, parseJson } from "@sigil/canon";
import { sha256, toHex } from "@sigil/crypto";
import { atoms } from "@sigil/wire";
import { z } from "zod";
import { CliError } from "../domain/error.ts";
import type { GuidanceEntry, ModulePackage } from "../domain/genesis.ts";

const MAX_BYTES = 1024 * 1024;
const GUIDANCE = "guidance.json";

const manifest = z.looseObject({
  id: atoms.name,
  version: atoms.semver,
  capabilities: z.array(z.strictObject({ name: z.string().max(64), scope: atoms.jsonObject })).max(32),
  files: z.record(z.string().max(128), atoms.sha256Ref),
});

const entries = z
  .array(
    z.strictObject({
      slug: atoms.identifier,
      title: z.string().min(1).max(256),
      text: z.string().min(1).max(49_152),
      source: z.string().max(1024).optional(),
      tags: z.array(atoms.name).max(32),
    }),
  )
  .max(255);

const digestOf = (bytes: Uint8Array): string => `sha256:${toHex(sha256(bytes))}`;

/**
 * Every module package in `folder`, its listed files checked against their hashes. The digest is SHA-256 of the
 * manifest's RFC 8785 form, which is what MMF computes when it loads the package. Throws `module-package-damaged`.
 */
export function readModulePackages(folder: string): ModulePackage[] {
  if (!existsSync(folder))
    throw new CliError(
      "not-built",
      `there are no modules at ${folder}`,
      "Run `npm start`, which builds them, or correct mmf.modules_dir.",
    );
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readPackage(join(folder, entry.name)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function readPackage(folder: string): ModulePackage {
  try {
    const value = parseJson(readFileSync(join(folder, "sigil.module.json")), { maxBytes: MAX_BYTES });
    const { id, version, capabilities, files } = manifest.parse(value);
    for (const [file, expected] of Object.entries(files)) {
      const actual = digestOf(readFileSync(join(folder, file)));
      if (actual !== expected) throw new Error(`${file} has ${actual}, the manifest says ${expected}`);
    }
    return {
      id,
      version,
      capabilities,
      digest: digestOf(canonicalBytes(value, { maxBytes: MAX_BYTES })),
      // Only guidance that the manifest lists is covered by the registered digest.
      guidance: GUIDANCE in files ? readGuidance(join(folder, GUIDANCE)) : [],
    };
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new CliError(
      "module-package-damaged",
      `${folder}: ${detail}`,
      "Build the module again, or take its folder out of mmf.modules_dir.",
      {
        cause: error,
      },
    );
  }
}

function readGuidance(path: string): GuidanceEntry[] {
  const list = entries.parse(parseJson(readFileSync(path), { maxBytes: MAX_BYTES }));
  return list.map(({ source, ...entry }) => (source === undefined ? entry : { ...entry, source }));
}
