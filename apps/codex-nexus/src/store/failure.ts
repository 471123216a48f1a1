import { StoreError } from "../domain/error.ts";

function sqliteCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}

/** What SQLite failed with while reading, as a StoreError: damage is `page-damaged`. */
export function readFailure(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === "") return error;
  const damage =
    code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB" || code.startsWith("SQLITE_IOERR");
  if (damage)
    return new StoreError("page-damaged", `the database file is damaged (${code})`, { cause: error });
  return new StoreError("store-unreadable", `the database cannot be read (${code})`, {
    cause: error,
    remedy: "Check that data_dir exists and that this user may read and write it.",
  });
}

/** A commit that SQLite refused; the transaction is rolled back, unless the disk lies. */
export function commitFailure(error: unknown): StoreError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // Of the engine, or of the operating system.
  const what = /^(SQLITE_|E)[A-Z_]+$/.test(code) ? code : "an unexpected error";
  return new StoreError(
    "commit-failed",
    `the transaction failed with ${what}; nothing of it is acknowledged`,
    {
      cause: error,
      remedy: "Check disk space and permissions of data_dir.",
    },
  );
}

/** Runs a read and names its failure. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw readFailure(error);
  }
}
