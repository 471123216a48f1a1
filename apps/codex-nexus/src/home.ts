import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PinnedKey, parseTrustFile, type TrustFile } from "@sigil/canon";
import { type KeyRegistryFile, registryKeys } from "@sigil/service";
import { StoreError } from "./domain/error.ts";
import type { PinnedKeys } from "./domain/verify/keys.ts";

/** `<home>/trust.json`, or undefined before a bootstrap wrote it. Throws `trust-mismatch` for one of another log. */
export function readTrust(home: string, registry: KeyRegistryFile): TrustFile | undefined {
  let text: Uint8Array;
  try {
    text = readFileSync(join(home, "trust.json"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const trust = parseTrustFile(text);
  if (trust.origin !== registry.origin) {
    throw new StoreError(
      "trust-mismatch",
      `trust.json pins ${trust.origin}, keys/registry.json is ${registry.origin}`,
      {
        remedy: "Restore trust.json and keys/ from one backup.",
      },
    );
  }
  return trust;
}

/** Where the backups that were made are listed: beside the anchor. */
export function backupLedgerPath(anchor: string): string {
  return join(dirname(anchor), "backups.jsonl");
}

/** Where a verification that was interrupted leaves what it had found: beside the anchor. */
export function resumePath(anchor: string): string {
  return join(dirname(anchor), "verify-resume.json");
}

const SOURCE = {
  log: ["codex-nexus", "log"],
  record: ["codex-nexus", "record"],
  sigilderg: ["sigilderg", "service"],
  mmf: ["mmf", "service"],
} as const;

/** The keys that signatures in the log are held against: what trust.json pins, or else what the registry lists. */
export function pinnedKeys(registry: KeyRegistryFile, trust: TrustFile | undefined): PinnedKeys {
  const pin = (role: keyof typeof SOURCE): readonly PinnedKey[] => {
    if (trust !== undefined) return trust.keys[role];
    const [service, purpose] = SOURCE[role];
    return registryKeys(registry, service, purpose).map(({ kid, publicKey, from, to }) => {
      return { kid, publicKey, from: from ?? 0, to: to ?? null };
    });
  };
  return { log: pin("log"), record: pin("record"), sigilderg: pin("sigilderg"), mmf: pin("mmf") };
}
