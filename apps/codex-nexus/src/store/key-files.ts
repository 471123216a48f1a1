import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROTATED_ROLES, type RotatedRole, type TrustFile } from "@sigil/canon";
import {
  generateSeed,
  openKeyFile,
  readKeyFileHeader,
  type SigningKey,
  sealKeyFile,
  signingKey,
} from "@sigil/crypto";
import { formatKeyRegistry, type KeyRegistryFile, readKeyRegistry, readSecret } from "@sigil/service";
import { type Clock, timestamp } from "../domain/clock.ts";
import { StoreError } from "../domain/error.ts";
import type { KeyFiles } from "../domain/signing-keys.ts";
import type { PinnedKeys } from "../domain/verify/keys.ts";
import { syncFolderOf } from "./backup-file.ts";

/**
 * The store's keys in a home: `keys/codex-nexus/<role>.key` is the present one, `<role>.next.key` the one that a rotation
 * brings, `<role>.announced.key` the one that others are asked to trust before it is brought, all sealed with the same
 * secret. Each file is replaced atomically, and the public lists before the private key.
 */
export class HomeKeyFiles implements KeyFiles {
  readonly #home: string;
  readonly #clock: Clock;
  readonly #trust: () => TrustFile | undefined;

  constructor(home: string, clock: Clock, trust: () => TrustFile | undefined) {
    this.#home = home;
    this.#clock = clock;
    this.#trust = trust;
  }

  async announce(role: RotatedRole): Promise<SigningKey> {
    return this.#opened(role) ?? this.#fresh(role, `${role}.announced`);
  }

  async prepare(role: RotatedRole): Promise<SigningKey> {
    const announced = this.#opened(role);
    if (announced === undefined) return this.#fresh(role, `${role}.next`);
    // A copy: what was announced stays announced until the log says that it signs.
    replaceFile(this.#file(`${role}.next`), readFileSync(this.#file(`${role}.announced`), "utf8"));
    return announced;
  }

  async settle(pinned: PinnedKeys, signing: Readonly<Record<RotatedRole, SigningKey>>): Promise<void> {
    this.publish(pinned);
    for (const role of ROTATED_ROLES) {
      const [present, next] = [this.#file(role), this.#file(`${role}.next`)];
      if (!existsSync(next)) continue;
      if (readKeyFileHeader(readFileSync(next, "utf8")).kid === signing[role].kid) renameSync(next, present);
      else rmSync(next);
      syncFolderOf(present);
    }
    for (const role of ROTATED_ROLES) {
      const announced = this.#file(`${role}.announced`);
      if (!existsSync(announced)) continue;
      if (readKeyFileHeader(readFileSync(announced, "utf8")).kid !== signing[role].kid) continue;
      rmSync(announced);
      syncFolderOf(announced);
    }
  }

  async pinCeremony(ceremony: string): Promise<void> {
    const trust = this.#trust();
    if (trust === undefined || trust.quorum.ceremony === ceremony) return;
    if (trust.quorum.ceremony !== null) {
      const message = `trust.json pins the ceremony ${trust.quorum.ceremony}; the log begins with ${ceremony}`;
      throw new StoreError("trust-mismatch", message, {
        remedy: "Restore trust.json and the database from one backup.",
      });
    }
    this.#writeTrust({ ...trust, quorum: { mode: "quorum", ceremony } });
  }

  /** Writes the ranges of record and log keys into trust.json, when there is one, and into the registry. */
  publish(pinned: Pick<PinnedKeys, RotatedRole>): void {
    const { record, log } = pinned;
    const trust = this.#trust();
    const keys = trust === undefined ? undefined : { ...trust.keys, log, record };
    if (trust !== undefined && keys !== undefined && JSON.stringify(trust.keys) !== JSON.stringify(keys))
      this.#writeTrust({ ...trust, keys });
    const registry = readKeyRegistry(this.#home);
    const next = withRanges(registry, pinned);
    if (JSON.stringify(next) !== JSON.stringify(registry))
      replaceFile(join(this.#home, "keys", "registry.json"), formatKeyRegistry(next));
  }

  #writeTrust(trust: TrustFile): void {
    replaceFile(join(this.#home, "trust.json"), `${JSON.stringify(trust, null, 2)}\n`);
  }

  #fresh(role: RotatedRole, name: string): SigningKey {
    const seed = generateSeed();
    const key = signingKey(seed);
    const { kid, publicKey } = key;
    const createdAt = timestamp(this.#clock());
    const file = { purpose: role, secret: seed, createdAt, kid, publicKey: publicKey.raw };
    replaceFile(this.#file(name), sealKeyFile(file, this.#secret()));
    return key;
  }

  #opened(role: RotatedRole): SigningKey | undefined {
    const file = this.#file(`${role}.announced`);
    if (!existsSync(file)) return undefined;
    const { purpose, secret } = openKeyFile(readFileSync(file, "utf8"), this.#secret());
    if (purpose !== role) throw new Error(`${file} is a ${purpose} key`);
    return signingKey(secret);
  }

  #secret() {
    return readSecret(join(this.#home, "secrets", "codex-nexus.secret"));
  }

  #file(name: string): string {
    return join(this.#home, "keys", "codex-nexus", `${name}.key`);
  }
}

/** The registry with the keys of each role in the place of those that it lists, in order of their ranges. */
function withRanges(registry: KeyRegistryFile, pinned: Pick<PinnedKeys, RotatedRole>): KeyRegistryFile {
  const keys = registry.keys.flatMap((row, at) => {
    const role = ROTATED_ROLES.find((each) => row.service === "codex-nexus" && row.purpose === each);
    if (role === undefined) return [row];
    const first = registry.keys.findIndex((each) => each.service === row.service && each.purpose === role);
    if (at !== first) return [];
    return pinned[role].map(({ kid, publicKey, from, to }) => ({
      ...{ service: row.service, purpose: role, kid, publicKey },
      ...(from === 0 ? {} : { from }),
      ...(to === null ? {} : { to }),
    }));
  });
  return { ...registry, keys };
}

/** Replaces a private file atomically: written beside, synced, renamed, and the folder synced. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.partial`;
  writeFileSync(beside, text, { mode: 0o600, flush: true });
  renameSync(beside, path);
  syncFolderOf(path);
}
