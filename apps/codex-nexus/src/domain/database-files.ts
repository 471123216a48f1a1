import type { BackupEnd, SegmentHead } from "./segment.ts";
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

/** What a segment is written from. */
export interface SegmentCut {
  /** A copy of the store that nobody writes to. */
  readonly copy: string;
  readonly file: string;
  readonly head: SegmentHead;
  readonly settled: readonly string[];
  readonly seal: (digest: Uint8Array) => Uint8Array;
}

/** A store as files: what backup and restore do with it beside and instead of a running writer. */
export interface DatabaseFiles {
  /** Throws `backup-exists` unless a backup may take this name. */
  requireNew(file: string): void;
  /** A copy of one moment of the store. Throws `backup-exists`, `backup-not-written`. */
  copy(database: string, file: string): WrittenCopy;
  /** What a backup or a segment says it ends with. Throws `store-missing`, `page-damaged`, `segment-damaged`. */
  end(file: string): BackupEnd;
  /** SHA-256 of a file, 32 bytes. */
  sha256(file: string): Promise<Uint8Array>;
  /**
   * Writes a segment: what `copy` holds beyond the base that `head` names. `settled` are the base's KEKs under which no key
   * was wrapped after it; `seal` gives the MAC of a digest. Throws `backup-exists`, `backup-not-written`.
   */
  cut(cut: SegmentCut): WrittenCopy;
  /** A copy of a backup with segments applied to it in order; not verified. Throws `segment-damaged`. */
  assemble(base: string, segments: readonly string[], into: string): void;
  /** Opens a database for reading only; undefined when there is none. */
  inspect(database: string): Inspection | undefined;
  /** Copies a backup into a fresh database beside the store, and opens it for writing. */
  openFresh(backup: string, fresh: string): Storage;
  /** Puts `fresh` in the place of a folder's database; where the old one is kept, undefined when there was none. */
  replace(folder: string, fresh: string, aside: string): string | undefined;
  /** Removes a database that never came to its place. */
  drop(file: string): void;
}
