import { resolve } from "node:path";
import { toHex } from "@sigil/crypto";
import { timestamp } from "../domain/clock.ts";
import type { DatabaseFiles } from "../domain/database-files.ts";
import { StoreError } from "../domain/error.ts";
import type { RootKeys } from "../domain/keys.ts";
import {
  type BackupEnd,
  type BackupLink,
  requireChain,
  requireOwn,
  requirePrefix,
  requireWhole,
  settledKeks,
} from "../domain/segment.ts";
import { type BackupCommand, type BackupReport, NEEDS, requireVerified } from "./backup.ts";

export interface SegmentCommand extends BackupCommand {
  /** A backup, or a segment, that this one goes on from. */
  readonly since: string;
  readonly root: RootKeys;
}

export interface SegmentReport extends BackupReport {
  readonly since: { readonly file: string; readonly size: number; readonly sha256: string };
}

/**
 * `backup --since`: what came after an earlier backup or segment. A copy of one moment of the store is made and verified
 * as a whole, the segment is cut from it and read back, and the copy goes. So base and segment give that verified moment:
 * the log's part is bound by the signed root, which both ends are held against; a key below the base is left out only
 * where its KEK shows that nothing wrapped it anew. Throws what `backup` throws, and `segment-foreign`, `segment-damaged`.
 */
export async function segmentCommand(command: SegmentCommand): Promise<SegmentReport> {
  const { files, database, ledger, clock, root, verify } = command;
  const [file, since] = [resolve(command.file), resolve(command.since)];
  const at = timestamp(clock());
  const base = await linkOf(files, since, root);
  files.requireNew(file);
  const whole = files.copy(database, `${file}.whole`);
  try {
    const report = await requireVerified(verify, whole);
    const inspection = files.inspect(whole.path);
    try {
      if (inspection !== undefined) await requirePrefix(base, inspection);
    } finally {
      await inspection?.close();
    }
    const head = { at, baseSize: base.size, baseRoot: base.root, baseSha256: base.sha256 };
    const seal = (digest: Uint8Array) => root.segmentMac(digest);
    const segment = files.cut({ copy: whole.path, file, head, settled: settledKeks(base), seal });
    try {
      await linkOf(files, segment.path, root);
      const sha256 = await segment.sha256();
      segment.keep();
      await ledger.add({ at, size: report.size ?? 0, file: file.slice(-256) });
      const { size, root: treeRoot } = report;
      return {
        ...{ file, bytes: segment.bytes, sha256, size, root: treeRoot, needs: NEEDS },
        records: (size ?? 0) - base.size,
        since: { file: since, size: base.size, sha256: toHex(base.sha256) },
      };
    } catch (error) {
      segment.drop();
      throw error;
    }
  } finally {
    whole.drop();
  }
}

/** Refuses a segment that is named alone. Throws `segment-gap`; what cannot be read is for the verification to name. */
export function requireNoSegment(files: DatabaseFiles, file: string): void {
  let end: BackupEnd;
  try {
    end = files.end(file);
  } catch (error) {
    if (error instanceof StoreError) return;
    throw error;
  }
  requireWhole({ ...end, file });
}

/** Puts a backup and its segments together in `into`; the caller verifies it. Throws `segment-*`. */
export async function assembleCommand(
  files: DatabaseFiles,
  chain: { readonly base: string; readonly segments: readonly string[]; readonly root: RootKeys },
  into: string,
): Promise<void> {
  const [base, ...segments] = await Promise.all(
    [chain.base, ...chain.segments].map((file) => linkOf(files, file, chain.root)),
  );
  requireChain(base as BackupLink, segments);
  files.assemble(chain.base, chain.segments, into);
}

async function linkOf(files: DatabaseFiles, file: string, root: RootKeys): Promise<BackupLink> {
  const link = { ...files.end(file), file, sha256: await files.sha256(file) };
  requireOwn(link, root);
  return link;
}
