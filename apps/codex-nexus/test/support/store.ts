// A bootstrapped store in a temporary home, opened in this process.
import { mkdirSync } from "node:fs";
import type { RecordDraft } from "@sigil/canon";
import { toBase64url } from "@sigil/crypto";
import { bootstrapStore } from "../../src/domain/bootstrap.ts";
import type { CodexNexus } from "../../src/domain/nexus.ts";
import { type OpenOptions, openStore, type StoreEvents } from "../../src/domain/opening.ts";
import type { PinnedKeys } from "../../src/domain/verify/keys.ts";
import { backupLedgerPath } from "../../src/home.ts";
import { FileAnchor } from "../../src/store/anchor-file.ts";
import { FileBackupLedger } from "../../src/store/backup-ledger.ts";
import { openExclusively } from "../../src/store/exclusive.ts";
import { SealThreads } from "../../src/store/seal-threads.ts";
import type { OpenStorage } from "../../src/store/sqlite.ts";
import { genesisOf } from "./drafts.ts";
import type { TestHome } from "./home.ts";

export const QUIET: StoreEvents = { committed() {}, failed() {}, damaged() {} };

/** Writes genesis and `records`, and closes the store again. Returns the hash of record 0. */
export async function bootstrapped(home: TestHome, records: RecordDraft[] = []): Promise<string> {
  mkdirSync(home.data, { recursive: true });
  const { storage, release } = openExclusively(home.data, { create: true });
  const ground = {
    storage,
    anchor: new FileAnchor(home.anchor),
    keys: home.keys,
    origin: home.origin,
    clock: Date.now,
  };
  const { genesisHash } = await bootstrapStore({ genesis: genesisOf(home), records }, ground);
  await storage.close();
  release();
  return genesisHash;
}

export interface OpenedStore {
  readonly nexus: CodexNexus;
  close(): Promise<void>;
}

export async function opened(
  home: TestHome,
  options: Partial<OpenOptions> = {},
  engine: OpenStorage = {},
): Promise<OpenedStore> {
  const { storage, release } = openExclusively(home.data, engine);
  try {
    const nexus = await openStore({
      storage,
      keys: home.keys,
      origin: home.origin,
      anchor: new FileAnchor(home.anchor),
      backups: new FileBackupLedger(backupLedgerPath(home.anchor)),
      ...(engine.threaded === true ? { sealer: new SealThreads() } : {}),
      pinned: pinnedOf(home),
      clock: Date.now,
      queueLimit: 4096,
      events: QUIET,
      ...options,
    });
    return {
      nexus,
      async close() {
        await nexus.close();
        release();
      },
    };
  } catch (error) {
    await storage.close();
    release();
    throw error;
  }
}

export function pinnedOf(home: TestHome): PinnedKeys {
  const pin = (raw: Uint8Array, kid: string) => [{ kid, publicKey: toBase64url(raw), from: 0, to: null }];
  const { log, record, sigilderg, mmf } = home.keys;
  return {
    log: pin(log.publicKey.raw, log.kid),
    record: pin(record.publicKey.raw, record.kid),
    sigilderg: pin(sigilderg.service.publicKey.raw, sigilderg.service.kid),
    mmf: pin(mmf.service.publicKey.raw, mmf.service.kid),
  };
}
