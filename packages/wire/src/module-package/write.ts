import { mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { PackageFiles } from "./files.ts";

/**
 * Writes a package as a folder that appears whole or not at all: beside its place, synced, then renamed. Folders 0700,
 * files 0600.
 * @throws NodeJS.ErrnoException ENOTEMPTY or EEXIST where something is there already
 */
export async function writePackageFolder(files: PackageFiles, folder: string): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const next = await mkdtemp(join(parent, `.${basename(folder)}.`));
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(next, path)), { recursive: true, mode: 0o700 });
      const file = await open(join(next, path), "wx", 0o600);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    await rename(next, folder);
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw error;
  }
}
