import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { MmfError } from "../domain/error.ts";
import { MAX_CODE_BYTES } from "../domain/limits.ts";
import { type Module, verifyModule } from "../domain/module.ts";

/** Files and folders of one package; more is not a module. */
const MAX_ENTRIES = 256;

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

/** One package folder. @throws MmfError module-file-refused for links and special files, and everything of verifyModule. */
export async function readModule(folder: string): Promise<Module> {
  const info = await lstat(folder);
  if (!info.isDirectory()) throw refused(folder, "is not a folder");
  const files = new Map<string, Uint8Array>();
  await readFolder(folder, "", files, { entries: 0 });
  return verifyModule(files);
}

async function readFolder(
  folder: string,
  prefix: string,
  files: Map<string, Uint8Array>,
  count: { entries: number },
): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (++count.entries > MAX_ENTRIES) throw refused(folder, `has more than ${MAX_ENTRIES} entries`);
    if (entry.isDirectory()) await readFolder(join(folder, entry.name), `${path}/`, files, count);
    else if (entry.isFile()) files.set(path, await readPlain(join(folder, entry.name)));
    else throw refused(path, "is a link or a special file; a package holds plain files only");
  }
}

/** Reads without following a link that replaced the file since it was listed. */
async function readPlain(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size } = await file.stat();
    if (size > MAX_CODE_BYTES) {
      throw new MmfError("module-too-large", `${path} has ${size} bytes, at most ${MAX_CODE_BYTES} are read`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function refused(path: string, why: string): MmfError {
  return new MmfError("module-file-refused", `${path} ${why}`);
}
