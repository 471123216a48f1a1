import { readFileSync, rmSync, writeFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { StoreError } from "../domain/error.ts";
import { readFailure, reading } from "./failure.ts";

/** A held lock. The operating system lets go of it when the process ends, however it ends. */
export interface StoreLock {
  release(): void;
}

/**
 * Makes this process the only one that opens the store beside `file`: an exclusive transaction in a database of its
 * own, which is a lock of the operating system on every platform. `<file>.owner` says who holds it, for people only.
 * Throws `store-locked` naming the process, or `store-unreadable` where this user may not write.
 */
export function lockStore(file: string): StoreLock {
  const owner = `${file}.owner`;
  const database = reading(() => new Sqlite(file, { timeout: 0 }));
  try {
    // In WAL mode readers and a writer live side by side; a rollback journal makes EXCLUSIVE mean it.
    database.pragma("journal_mode = DELETE");
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    const busy = cause instanceof Error && "code" in cause && String(cause.code).startsWith("SQLITE_BUSY");
    if (!busy) throw readFailure(cause);
    throw new StoreError("store-locked", `the store is open in another process${named(owner)}`, {
      cause,
      remedy: "Stop that process first; two processes never open one store.",
    });
  }
  nameOwner(owner);
  return {
    release() {
      if (!database.open) return;
      unname(owner);
      database.close();
    },
  };
}

/** The file is for people: a disk that is too full to name the owner still has a lock, and a store to read. */
function nameOwner(owner: string): void {
  const text = `${JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString() })}\n`;
  try {
    writeFileSync(owner, text, { mode: 0o600 });
  } catch {
    unname(owner);
  }
}

function unname(owner: string): void {
  try {
    rmSync(owner, { force: true });
  } catch {
    // A disk that takes no name gives none back either.
  }
}

function named(owner: string): string {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(owner, "utf8")) as Record<string, unknown>;
    return `: pid ${String(pid)}, started ${String(startedAt)}`;
  } catch {
    // The holder may be between lock and file.
    return "";
  }
}
