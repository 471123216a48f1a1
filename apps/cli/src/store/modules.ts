import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "@sigil/canon";
import { atoms } from "@sigil/wire";
import { PACKAGE_LIMITS, readPackageFolder, verifyPackage } from "@sigil/wire/module-package";
import { z } from "zod";
import { CliError } from "../domain/error.ts";
import type { GuidanceEntry, ModulePackage } from "../domain/genesis.ts";

const GUIDANCE = "guidance.json";

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

/** Every module package in `folder`, verified as MMF verifies it when it loads one. Throws `module-package-damaged`. */
export async function readModulePackages(folder: string): Promise<ModulePackage[]> {
  if (!existsSync(folder))
    throw new CliError(
      "not-built",
      `there are no modules at ${folder}`,
      "Run `npm start`, which builds them, or correct mmf.modules_dir.",
    );
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const packages = await Promise.all(folders.map((entry) => readBuiltIn(join(folder, entry.name))));
  return packages.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function readBuiltIn(folder: string): Promise<ModulePackage> {
  try {
    const { manifest, publisher, files } = verifyPackage(await readPackageFolder(folder));
    if (publisher === null) throw new Error("nobody has signed it");
    const { id, version, digest, limits, capabilities } = manifest;
    const guidance = readGuidance(files.get(GUIDANCE));
    return { id, version, digest, publisher, limits, capabilities, guidance };
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new CliError(
      "module-package-damaged",
      `${folder}: ${detail}`,
      "Build the module again, or take its folder out of mmf.modules_dir.",
      { cause: error },
    );
  }
}

/** What genesis records of a package's guidance: it is one of the files that the manifest's digest covers. */
function readGuidance(bytes: Uint8Array | undefined): GuidanceEntry[] {
  if (bytes === undefined) return [];
  const list = entries.parse(parseJson(bytes, { maxBytes: PACKAGE_LIMITS.fileBytes }));
  return list.map(({ source, ...entry }) => (source === undefined ? entry : { ...entry, source }));
}
