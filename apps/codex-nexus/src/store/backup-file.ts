import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import Sqlite from "better-sqlite3";
import type { WrittenCopy } from "../domain/database-files.ts";
import { StoreError } from "../domain/error.ts";
import { commitFailure } from "./failure.ts";

/**
 * Copies a database beside its running writer: one read transaction, so the copy is one moment of the store; written
 * anew, so that it holds nothing of what was deleted. Records in it are as encrypted as in the store. Throws
 * `backup-exists`, `backup-not-written`.
 */
export function copyDatabase(database: string, file: string): WrittenCopy {
  refuseExisting(file);
  const path = `${file}.partial`;
  rmSync(path, { force: true });
  try {
    const source = new Sqlite(database, { readonly: true, fileMustExist: true });
    try {
      source.prepare("VACUUM INTO ?").run(path);
    } finally {
      source.close();
    }
    makeOwn(path);
  } catch (cause) {
    rmSync(path, { force: true });
    throw unwritten(path, cause);
  }
  return writtenCopy(path, file);
}

/** Throws `backup-exists`. */
export function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new StoreError("backup-exists", `${file} exists`, {
    remedy: "Name a new file; a backup overwrites nothing.",
  });
}

/** A backup or segment that could not be written. */
export function unwritten(path: string, cause: unknown): StoreError {
  const { message } = commitFailure(cause);
  return new StoreError("backup-not-written", `${path} could not be written: ${message}`, {
    cause,
    remedy: "Check the free space and the permissions of the folder; it needs as much as the store has.",
  });
}

/** SHA-256 of a file. */
export async function fileSha256(file: string): Promise<Uint8Array> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest();
}

/** A file under its name for the time being. */
export function writtenCopy(path: string, file: string): WrittenCopy {
  return {
    path,
    bytes: statSync(path).size,
    sha256: async () => Buffer.from(await fileSha256(path)).toString("hex"),
    keep() {
      renameSync(path, file);
      syncFolderOf(file);
    },
    drop: () => rmSync(path, { force: true }),
  };
}

/** For this user alone, and durable. */
export function makeOwn(path: string): void {
  chmodSync(path, 0o600);
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a rename durable. */
export function syncFolderOf(file: string): void {
  // Windows cannot sync a folder, and does not need it for a rename.
  if (process.platform === "win32") return;
  const handle = openSync(dirname(file), "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
