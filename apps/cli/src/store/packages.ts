import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { installedModules } from "@sigil/service";
import {
  type ModulePackage,
  readPackage,
  readPackageFolder,
  verifyPackage,
  writePackageFolder,
} from "@sigil/wire/module-package";
import { CliError } from "../domain/error.ts";
import type { Packages } from "../domain/packages.ts";

const THERE = ["ENOTEMPTY", "EEXIST"];

/** What is common to every name of a folder that holds this digest. */
const suffixOf = (digest: string) => `-${digest.slice("sha256:".length, "sha256:".length + 24)}`;

export const packages: Packages = {
  open: async (path) => verifyPackage(await readPackage(path)),

  async install(home, opened) {
    const { id, version, digest } = opened.manifest;
    const folder = join(installedModules(home), `${id}-${version}${suffixOf(digest)}`);
    try {
      await writePackageFolder(opened.files, folder);
      return { folder, fresh: true };
    } catch (error) {
      if (!THERE.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
    await requireSame(folder, opened);
    return { folder, fresh: false };
  },

  async remove(home, digest) {
    const parent = installedModules(home);
    const names = await readdir(parent).catch(() => [] as string[]);
    const name = names.find((each) => !each.startsWith(".") && each.endsWith(suffixOf(digest)));
    if (name === undefined)
      throw new CliError(
        "module-not-installed",
        `no package with ${digest} was installed into ${parent}`,
        "`sigil module list` says what is there; modules that are built in are no files of the home.",
      );
    await rm(join(parent, name), { recursive: true });
    return join(parent, name);
  },
};

async function requireSame(folder: string, { manifest }: ModulePackage): Promise<void> {
  const there = await readPackageFolder(folder)
    .then((files) => verifyPackage(files).manifest.digest)
    .catch((error: Error) => error.message);
  if (there === manifest.digest) return;
  throw new CliError(
    "package-in-the-way",
    `${folder} holds something else: ${there}`,
    "Remove that folder, and install again.",
  );
}
