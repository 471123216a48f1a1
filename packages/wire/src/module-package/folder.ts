import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { PackageEntries, type PackageFiles } from "./files.ts";
import { packageRefusal } from "./refusal.ts";

/**
 * Reads a package folder: plain files and folders, within the limits of a package, each file once and without following a
 * link that took its place meanwhile.
 * @throws WireError by the step `read`
 */
export async function readPackageFolder(folder: string): Promise<PackageFiles> {
  const info = await lstat(folder).catch((cause) => {
    throw unreadable(folder, cause);
  });
  if (info.isSymbolicLink()) throw packageRefusal("module-symbolic-link", `${folder} is a symbolic link`);
  if (!info.isDirectory()) throw packageRefusal("module-special-file", `${folder} is not a folder`);
  const entries = new PackageEntries();
  await readFolder(folder, "", entries);
  return entries.files;
}

async function readFolder(folder: string, prefix: string, entries: PackageEntries): Promise<void> {
  const names = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw unreadable(folder, cause);
  });
  for (const entry of names) {
    const path = `${prefix}${entry.name}`;
    const at = join(folder, entry.name);
    if (entry.isSymbolicLink()) throw packageRefusal("module-symbolic-link", `${path} is a symbolic link`);
    if (entry.isDirectory()) {
      entries.folder(path);
      await readFolder(at, `${path}/`, entries);
    } else if (entry.isFile()) {
      await readPlain(at, path, entries);
    } else {
      throw packageRefusal("module-special-file", `${path} is neither a file nor a folder`);
    }
  }
}

// A link is not followed, and a pipe that took the file's place does not make the reader wait.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

async function readPlain(at: string, path: string, entries: PackageEntries): Promise<void> {
  const file = await open(at, FLAGS).catch((cause) => {
    throw unreadable(at, cause);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw packageRefusal("module-special-file", `${path} is no plain file`);
    if (info.nlink > 1) {
      throw packageRefusal(
        "module-hard-link",
        `${path} has ${info.nlink} names, so that it changes elsewhere`,
      );
    }
    entries.announce(path, info.size);
    entries.add(path, await readExactly(file, info.size, path));
  } finally {
    await file.close();
  }
}

/** Exactly the announced bytes: a file that grows or shrinks meanwhile is no longer the one whose size was allowed. */
async function readExactly(file: FileHandle, size: number, path: string): Promise<Uint8Array> {
  const bytes = Buffer.alloc(size + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === bytes.length) break;
  }
  if (length !== size) throw packageRefusal("module-unreadable", `${path} changed while it was read`);
  return bytes.subarray(0, size);
}

function unreadable(path: string, cause: NodeJS.ErrnoException) {
  return packageRefusal("module-unreadable", `${path} cannot be read (${cause.code})`, cause);
}
