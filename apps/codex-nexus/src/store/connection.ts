import type { Database } from "better-sqlite3";

/** What every connection that writes to a store is set to; an acknowledgement rests on the first two. */
export function setDurable(database: Database): void {
  // A store with records says WAL in its header already, and then this writes nothing.
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("trusted_schema = OFF");
  // What an erasure deletes is overwritten, not only unlinked.
  database.pragma("secure_delete = ON");
}
