// A home of its own: sealed keys, registry and trust file as a bootstrap writes them, in a temporary folder.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type ChannelKey,
  channelKey,
  generateSeed,
  randomBytes,
  Secret,
  type SigningKey,
  sealKeyFile,
  signingKey,
  toBase64url,
  toHex,
} from "@sigil/crypto";
import { formatKeyRegistry } from "@sigil/service";
import type { KeyEntry } from "@sigil/wire";

const CREATED = "2026-11-22T12:00:00.000Z";

export interface TestKeys {
  readonly root: Secret;
  readonly record: SigningKey;
  readonly log: SigningKey;
  readonly channel: ChannelKey;
  readonly sigilderg: { readonly service: SigningKey; readonly channel: ChannelKey };
  readonly mmf: { readonly service: SigningKey; readonly channel: ChannelKey };
  readonly issuer: SigningKey;
}

export interface TestHome {
  readonly folder: string;
  readonly data: string;
  readonly anchor: string;
  readonly runtimeId: string;
  readonly origin: string;
  readonly keys: TestKeys;
  readonly registry: KeyEntry[];
  /** Seals another root key into the home, under the home's own secret. */
  replaceRoot(root: Secret): void;
  remove(): void;
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

export function temporaryHome(): TestHome {
  const folder = mkdtempSync(join(tmpdir(), "sigil-nexus-"));
  const runtimeId = toHex(randomBytes(8));
  const origin = `sigil.local/log/${runtimeId}`;
  const secret = Secret.from(randomBytes(32));
  const registry: KeyEntry[] = [];
  put(join(folder, "secrets/codex-nexus.secret"), `${toBase64url(secret.reveal())}\n`);

  const seal = (purpose: string, seed: Secret, of?: { kid: string; publicKey: Uint8Array }) =>
    put(
      join(folder, `keys/codex-nexus/${purpose}.key`),
      sealKeyFile({ purpose, secret: seed, createdAt: CREATED, ...of }, secret),
    );
  const enrol = (service: KeyEntry["service"], purpose: KeyEntry["purpose"], kid: string, raw: Uint8Array) =>
    registry.push({ service, purpose, kid, publicKey: toBase64url(raw) });
  const signing = (service: KeyEntry["service"], purpose: KeyEntry["purpose"]) => {
    const seed = generateSeed();
    const key = signingKey(seed);
    const raw = key.publicKey.raw;
    enrol(service, purpose, key.kid, raw);
    if (service === "codex-nexus") seal(purpose, seed, { kid: key.kid, publicKey: raw });
    return key;
  };
  const channel = (service: KeyEntry["service"]) => {
    const seed = generateSeed();
    const key = channelKey(seed);
    enrol(service, "channel", key.kid, key.publicRaw);
    if (service === "codex-nexus") seal("channel", seed, { kid: key.kid, publicKey: key.publicRaw });
    return key;
  };

  const root = Secret.from(randomBytes(32));
  seal("root", root);
  const keys: TestKeys = {
    root,
    record: signing("codex-nexus", "record"),
    log: signing("codex-nexus", "log"),
    channel: channel("codex-nexus"),
    sigilderg: { service: signing("sigilderg", "service"), channel: channel("sigilderg") },
    mmf: { service: signing("mmf", "service"), channel: channel("mmf") },
    issuer: signing("issuer", "issuer"),
  };
  put(
    join(folder, "keys/registry.json"),
    formatKeyRegistry({ v: 1, type: "sigil-key-registry", runtimeId, origin, keys: registry }),
  );
  return {
    folder,
    data: join(folder, "data"),
    anchor: join(folder, "anchor/checkpoint"),
    ...{ runtimeId, origin, keys, registry },
    replaceRoot: (other) => seal("root", other),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
