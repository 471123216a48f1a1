import { rootAt } from "@sigil/canon";
import { equalBytes } from "@sigil/crypto";
import { StoreError } from "./error.ts";
import type { RootKeys } from "./keys.ts";
import type { StoreMeta, WrappedKek } from "./storage.ts";
import { withNodes } from "./tree.ts";
import type { Inspection } from "./verify/inspection.ts";

/** Where a segment begins: the backup or segment whose state it goes on from. */
export interface SegmentHead {
  readonly at: string;
  /** Size and root of the log that the base ends with. */
  readonly baseSize: number;
  readonly baseRoot: Uint8Array;
  /** SHA-256 of the base as a file, 32 bytes: a chain is put together from the very files it was cut from. */
  readonly baseSha256: Uint8Array;
}

/** What a backup or a segment says it ends with. Nothing of it is believed before the whole is verified. */
export interface BackupEnd {
  readonly meta: StoreMeta;
  readonly size: number;
  readonly root: Uint8Array;
  readonly keks: readonly Pick<WrappedKek, "id" | "active">[];
  /** Present in a segment: its head, the digest of all it holds, and the MAC of that. */
  readonly segment?: { readonly head: SegmentHead; readonly digest: Uint8Array; readonly mac: Uint8Array };
}

/** A backup or segment that was looked at, with the SHA-256 of its file. */
export interface BackupLink extends BackupEnd {
  readonly file: string;
  readonly sha256: Uint8Array;
}

/**
 * KEKs of a base under which no key of its records was wrapped after it: those that are no longer active, and the only one,
 * because a rotation wraps under a new one.
 */
export function settledKeks({ keks }: BackupEnd): string[] {
  return keks.filter(({ active }) => !active || keks.length === 1).map(({ id }) => id);
}

/** Refuses what another store wrote, or somebody without its root key. Throws `segment-foreign`, `segment-damaged`. */
export function requireOwn({ file, meta, segment }: BackupLink, root: RootKeys): void {
  if (meta.origin !== root.origin || !root.opens(meta.keyCheck)) {
    throw new StoreError("segment-foreign", `${file} is of the store ${meta.origin}, not of this one`, {
      remedy: "Name backups and segments that this store made.",
    });
  }
  if (segment !== undefined && !equalBytes(root.segmentMac(segment.digest), segment.mac)) throw damaged(file);
}

export function damaged(file: string, cause?: unknown): StoreError {
  return new StoreError("segment-damaged", `${file} does not hold what this store wrote into it`, {
    cause,
    remedy: "Take it from another copy, or restore up to the segment before it; nothing was changed.",
  });
}

/**
 * Refuses a base that the store does not go on from: another epoch, a longer log, another log of the same size. Throws
 * `segment-foreign`.
 */
export async function requirePrefix(base: BackupLink, store: Inspection): Promise<void> {
  const meta = await store.meta();
  const size = (await store.checkpoint())?.size ?? 0;
  const goesOn =
    meta?.epoch === base.meta.epoch &&
    base.size > 0 &&
    base.size <= size &&
    equalBytes(await withNodes(store, (node) => rootAt(base.size, node)), base.root);
  if (!goesOn) {
    throw new StoreError("segment-foreign", `the log of this store does not go on from ${base.file}`, {
      remedy: "Make a full backup: a restore came in between, or the file is of another log.",
    });
  }
}

/** Refuses a segment in the place of a backup. Throws `segment-gap`. */
export function requireWhole({ file, segment }: Pick<BackupLink, "file" | "segment">): void {
  if (segment === undefined) return;
  throw new StoreError("segment-gap", `${file} is a segment, and what it goes on from is not given`, {
    remedy: "Name the whole backup first, and after it every segment since; nothing was changed.",
  });
}

/** Refuses a chain with a gap, or in another order. Throws `segment-gap`, `segment-order`. */
export function requireChain(base: BackupLink, segments: readonly BackupLink[]): void {
  const all = [base, ...segments];
  requireWhole(base);
  for (const [at, { file, segment, meta }] of segments.entries()) {
    const before = all[at] as BackupLink;
    if (segment === undefined) {
      throw new StoreError("segment-foreign", `${file} is a whole backup, not a segment`, {
        remedy: "Name it as the backup, and after it the segments that were made since.",
      });
    }
    const { baseSha256, baseSize } = segment.head;
    if (equalBytes(baseSha256, before.sha256) && meta.epoch === before.meta.epoch) continue;
    if (all.some(({ sha256 }) => equalBytes(sha256, baseSha256))) {
      throw new StoreError("segment-order", `${file} does not go on from ${before.file}`, {
        remedy: "Name the segments in the order in which they were made; nothing was changed.",
      });
    }
    throw new StoreError(
      "segment-gap",
      `${file} goes on from a file that ends at ${baseSize} records and is not given; ${before.file} ends at ${before.size}`,
      { remedy: "Name every segment since the backup, unchanged; nothing was changed." },
    );
  }
}
