import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChannelKey,
  channelKey,
  generateSeed,
  type SigningKey,
  sealKeyFile,
  signingKey,
  toBase64url,
} from "@sigil/crypto";
import { formatKeyRegistry, type KeyRegistryFile } from "@sigil/service";

export interface TestHome {
  home: string;
  registry: KeyRegistryFile;
  sigilderg: { service: SigningKey; channel: ChannelKey };
  mmf: { service: SigningKey };
}

/** A home with the keys that MMF opens, sealed as bootstrap seals them, and SigilDERG's keys in hand. */
export function testHome(): TestHome {
  const home = mkdtempSync(join(tmpdir(), "sigil-mmf-"));
  const keys: KeyRegistryFile["keys"] = [];
  const secret = generateSeed();
  const make = (service: "mmf" | "sigilderg") => {
    const seeds = { service: generateSeed(), channel: generateSeed() };
    const pair = { service: signingKey(seeds.service), channel: channelKey(seeds.channel) };
    const folder = join(home, "keys", service);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const purpose of ["service", "channel"] as const) {
      const { kid } = pair[purpose];
      const raw = purpose === "service" ? pair.service.publicKey.raw : pair.channel.publicRaw;
      keys.push({ service, purpose, kid, publicKey: toBase64url(raw) });
      const header = { purpose, kid, publicKey: raw, createdAt: "2026-11-22T12:00:00.000Z" };
      const text = sealKeyFile({ ...header, secret: seeds[purpose] }, secret);
      writeFileSync(join(folder, `${purpose}.key`), text, { mode: 0o600 });
    }
    return pair;
  };
  const mmf = make("mmf");
  const sigilderg = make("sigilderg");
  const registry: KeyRegistryFile = {
    v: 1,
    type: "sigil-key-registry",
    runtimeId: "test",
    origin: "sigil.local/log/test",
    keys,
  };
  writeFileSync(join(home, "keys/registry.json"), formatKeyRegistry(registry));
  mkdirSync(join(home, "secrets"), { mode: 0o700 });
  writeFileSync(join(home, "secrets/mmf.secret"), `${toBase64url(secret.reveal())}\n`, { mode: 0o600 });
  return { home, registry, sigilderg, mmf };
}
