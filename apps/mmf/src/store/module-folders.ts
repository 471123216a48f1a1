import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readPackageFolder, verifyPackage } from "@sigil/wire/module-package";
import { MmfError } from "../domain/error.ts";
import type { Module } from "../domain/module.ts";

/** Every package folder in `folder`, verified. A folder that does not verify is an error, not a gap in the list. */
export async function readModules(folder: string): Promise<Module[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new MmfError("modules-unreadable", `${folder} cannot be read (${cause.code})`, { cause });
  });
  const modules: Module[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
    modules.push(await readModule(join(folder, entry.name)));
  }
  return modules;
}

/** One package folder, verified from the bytes that are then evaluated. @throws WireError by the step that failed */
export async function readModule(folder: string): Promise<Module> {
  return verifyPackage(await readPackageFolder(folder), { unsigned: "accept" });
}
