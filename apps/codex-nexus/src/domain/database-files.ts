import type { Storage } from "./storage.ts";
import type { Inspection } from "./verify/inspection.ts";

/** A copy of a database that was written and is not yet known to be good. */
export interface WrittenCopy {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file, hex. */
  sha256(): Promise<string>;
  /** Gives the copy its name, durably. */
  keep(): void;
  drop(): void;
}

/** A store as files: what backup and restore do with it beside and instead of a running writer. */
export interface DatabaseFiles {
  /** A copy of one moment of the store. Throws `backup-exists`, `backup-not-written`. */
  copy(database: string, file: string): WrittenCopy;
  /** Opens a database for reading only; undefined when there is none. */
  inspect(database: string): Inspection | undefined;
  /** Copies a backup into a fresh database beside the store, and opens it for writing. */
  openFresh(backup: string, fresh: string): Storage;
  /** Puts `fresh` in the place of a folder's database; where the old one is kept, undefined when there was none. */
  replace(folder: string, fresh: string, aside: string): string | undefined;
  /** Removes a database that never came to its place. */
  drop(file: string): void;
}
