import { lstat } from "node:fs/promises";
import type { PackageFiles } from "./files.ts";
import { readPackageFolder } from "./folder.ts";
import { readPackageTarball } from "./tarball.ts";

/**
 * Reads a package, whichever it is: a folder, or else an npm tarball.
 * @throws WireError by the step `read`
 */
export async function readPackage(path: string): Promise<PackageFiles> {
  const info = await lstat(path).catch(() => undefined);
  return info?.isDirectory() ? readPackageFolder(path) : readPackageTarball(path);
}
