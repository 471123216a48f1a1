import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { newSalt, type PinnedKey, type RecordDraft, type TrustFile } from "@sigil/canon";
import {
  channelKey,
  generateSeed,
  MACHINE_SCRYPT,
  Secret,
  type SigningKey,
  sealKeyFile,
  signingKey,
  toBase64url,
} from "@sigil/crypto";
import { issueLicence, type LicenceClaims, policyDigest } from "@sigil/policy";
import { formatKeyRegistry } from "@sigil/service";
import type { CapabilityEntry, KeyEntry } from "@sigil/wire";
import type { RunLimits } from "@sigil/wire/module-package";
import { v7 as uuidv7 } from "uuid";

type Service = KeyEntry["service"];

/** A module as genesis registers it. */
export interface Registration {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
  readonly publisher: string;
  readonly limits: RunLimits;
  readonly capabilities: readonly CapabilityEntry[];
}

/** Who signs the modules of tests, and is pinned by their genesis. */
export const PUBLISHER: SigningKey = signingKey(Secret.from(new Uint8Array(32).fill(7)));
export const PINNED = {
  ...{ name: "tests", kid: PUBLISHER.kid, publicKey: toBase64url(PUBLISHER.publicKey.raw) },
};

/** The files of a runtime before its store exists: keys, secrets, registry, and what bootstrap is told. */
export class Home {
  readonly path = join(mkdtempSync(join(tmpdir(), "sigilderg-test-")), "home");
  readonly runtimeId =
    `t-${toBase64url(generateSeed().reveal().slice(0, 6)).toLowerCase().replaceAll("_", "x").replaceAll("-", "y")}`;
  readonly origin = `sigil.local/log/${this.runtimeId}`;
  readonly issuer: SigningKey = signingKey(generateSeed());
  readonly keys: KeyEntry[] = [];
  /** Hash of record 0, known once the store was bootstrapped. */
  genesis = `sha256:${"0".repeat(64)}`;
  #serial = 0;

  constructor() {
    this.#service("codex-nexus", ["root", "record", "log", "channel"]);
    this.#service("sigilderg", ["service", "channel"]);
    this.#service("mmf", ["service", "channel"]);
    this.#enrol("issuer", "issuer", this.issuer.kid, this.issuer.publicKey.raw);
    const file = {
      v: 1,
      type: "sigil-key-registry",
      runtimeId: this.runtimeId,
      origin: this.origin,
      keys: this.keys,
    } as const;
    this.write("keys/registry.json", formatKeyRegistry(file));
  }

  /** What `codex-nexus bootstrap` reads on stdin. */
  bootstrapInput(records: readonly RecordDraft[], modules: readonly Registration[] = []): string {
    const genesis = {
      runtimeId: this.runtimeId,
      origin: this.origin,
      mode: "solo",
      keys: this.keys,
      modules,
      publishers: [PINNED],
      policy: policyDigest(),
      createdAt: new Date().toISOString(),
    };
    return JSON.stringify({ genesis, records });
  }

  /** Pins the store that was bootstrapped. */
  pin(genesis: string): TrustFile {
    this.genesis = genesis;
    const pinned = (service: Service, purpose: KeyEntry["purpose"]): PinnedKey[] =>
      this.keys
        .filter((key) => key.service === service && key.purpose === purpose)
        .map(({ kid, publicKey }) => ({ kid, publicKey, from: 0, to: null }));
    const trust: TrustFile = {
      v: 1,
      type: "sigil-trust",
      runtimeId: this.runtimeId,
      origin: this.origin,
      epochs: [{ epoch: 0, origin: this.origin, from: 0 }],
      keys: {
        log: pinned("codex-nexus", "log"),
        record: pinned("codex-nexus", "record"),
        sigilderg: pinned("sigilderg", "service"),
        mmf: pinned("mmf", "service"),
        issuer: pinned("issuer", "issuer"),
      },
      genesis,
      quorum: { mode: "solo", ceremony: null },
    };
    this.write("trust.json", JSON.stringify(trust));
    return trust;
  }

  /** Claims of a licence of this runtime, valid for an hour. */
  claims(sub: string, loa: LicenceClaims["loa"], more: Partial<LicenceClaims> = {}): LicenceClaims {
    const now = Math.floor(Date.now() / 1000);
    this.#serial += 1;
    return {
      iss: this.issuer.kid,
      sub,
      jti: uuidv7(),
      serial: this.#serial,
      iat: now,
      nbf: now,
      exp: now + 3600,
      owner: { id: sub, name: sub },
      loa,
      scope: ["*"],
      bindings: { runtimeId: this.runtimeId, canonFingerprint: this.genesis },
      ...more,
    };
  }

  sign(claims: LicenceClaims, issuer = this.issuer): Promise<string> {
    return issueLicence(claims, issuer);
  }

  remove(): void {
    rmSync(dirname(this.path), { recursive: true, force: true });
  }

  #service(service: Exclude<Service, "issuer">, purposes: readonly string[]): void {
    const secret = generateSeed();
    this.write(`secrets/${service}.secret`, `${toBase64url(secret.reveal())}\n`);
    for (const purpose of purposes) {
      const seed = generateSeed();
      const header = { purpose, secret: Secret.from(seed.reveal()), createdAt: new Date().toISOString() };
      if (purpose === "root") {
        this.write(`keys/${service}/root.key`, sealKeyFile(header, secret, MACHINE_SCRYPT));
        continue;
      }
      const key = purpose === "channel" ? channelKey(seed) : signingKey(seed);
      const raw = "publicRaw" in key ? key.publicRaw : key.publicKey.raw;
      const sealed = sealKeyFile({ ...header, kid: key.kid, publicKey: raw }, secret, MACHINE_SCRYPT);
      this.write(`keys/${service}/${purpose}.key`, sealed);
      this.#enrol(service, purpose as KeyEntry["purpose"], key.kid, raw);
    }
  }

  #enrol(service: Service, purpose: KeyEntry["purpose"], kid: string, raw: Uint8Array): void {
    this.keys.push({ service, purpose, kid, publicKey: toBase64url(raw) });
  }

  /** Puts a private file into the home. */
  write(path: string, text: string): void {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
  }
}

/** The record of a licence that lands with genesis. */
export function licenceDraft({ jti, sub, loa, serial, exp, scope, iss }: LicenceClaims): RecordDraft {
  return {
    id: uuidv7(),
    kind: "license.issue",
    space: "system",
    stream: `system/licence/${jti}`,
    loa: "Observer",
    author: { principal: "bootstrap", loa: "Root" },
    links: [],
    salt: newSalt(),
    payload: { jti, sub, loa, serial, exp, scope: [...scope], issuer: iss },
  };
}
