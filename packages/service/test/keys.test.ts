import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { channelKey, generateSeed, Secret, sealKeyFile, signingKey, toBase64url } from "@sigil/crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readServiceKeys } from "../src/keys/read.ts";
import {
  formatKeyRegistry,
  type KeyRegistryFile,
  peersOf,
  readKeyRegistry,
  registryEntry,
} from "../src/keys/registry.ts";

let home: string;
const createdAt = "2026-11-23T12:00:00.000Z";

function keyFile(service: string, purpose: string, seed: Secret, secret: Secret, suffix = ""): void {
  const path = join(home, "keys", service, `${purpose}${suffix}.key`);
  writeFileSync(path, sealKeyFile({ purpose, secret: seed, createdAt }, secret), { mode: 0o600 });
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sigil-keys-"));
  mkdirSync(join(home, "secrets"));
  mkdirSync(join(home, "keys"));
  const entries: KeyRegistryFile["keys"] = [];
  const signing = { "codex-nexus": ["record", "log"], sigilderg: ["service"], mmf: ["service"] } as const;
  for (const [service, purposes] of Object.entries(signing)) {
    mkdirSync(join(home, "keys", service));
    const secret = generateSeed();
    writeFileSync(join(home, "secrets", `${service}.secret`), `${toBase64url(secret.reveal())}\n`, {
      mode: 0o600,
    });
    for (const purpose of purposes) {
      const seed = generateSeed();
      keyFile(service, purpose, seed, secret);
      const { kid, raw } = signingKey(seed).publicKey;
      entries.push({ service: service as "mmf", purpose, kid, publicKey: toBase64url(raw) });
    }
    const seed = generateSeed();
    keyFile(service, "channel", seed, secret);
    const { kid, publicRaw } = channelKey(seed);
    entries.push({ service: service as "mmf", purpose: "channel", kid, publicKey: toBase64url(publicRaw) });
    if (service === "codex-nexus") keyFile(service, "root", generateSeed(), secret);
  }
  const registry: KeyRegistryFile = {
    v: 1,
    type: "sigil-key-registry",
    runtimeId: "r",
    origin: "sigil.local/log/r",
    keys: entries,
  };
  writeFileSync(join(home, "keys", "registry.json"), formatKeyRegistry(registry));
});
afterEach(() => rmSync(home, { recursive: true }));

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  throw new Error("nothing was refused");
};

describe("a service's keys", () => {
  it("are its own, opened with its own secret, and those that the registry lists", () => {
    const keys = readServiceKeys(home, "codex-nexus");
    const listed = (purpose: string) =>
      keys.registry.keys.find((key) => key.service === "codex-nexus" && key.purpose === purpose)?.kid;
    expect([keys.record.kid, keys.log.kid, keys.channel.kid]).toEqual([
      listed("record"),
      listed("log"),
      listed("channel"),
    ]);
    expect(keys.root.reveal().length).toBe(32);
    expect(Object.keys(readServiceKeys(home, "mmf")).sort()).toEqual(["channel", "registry", "service"]);
  });
  it("key-secret-wrong: another service's secret opens nothing", () => {
    cpSync(join(home, "secrets", "mmf.secret"), join(home, "secrets", "sigilderg.secret"));
    expect(codeOf(() => readServiceKeys(home, "sigilderg"))).toBe("key-secret-wrong");
  });
  it("key-secret-malformed: a secret that is not 32 bytes", () => {
    writeFileSync(join(home, "secrets", "mmf.secret"), "AAAA\n");
    expect(codeOf(() => readServiceKeys(home, "mmf"))).toBe("key-secret-malformed");
  });
  it("key-registry-mismatch: key files swapped within a service", () => {
    const path = (purpose: string) => join(home, "keys", "codex-nexus", `${purpose}.key`);
    renameSync(path("log"), path("kept"));
    renameSync(path("record"), path("log"));
    renameSync(path("kept"), path("record"));
    expect(codeOf(() => readServiceKeys(home, "codex-nexus"))).toBe("key-registry-mismatch");
  });
  it("key-registry-mismatch: a key of the right purpose that nobody enrolled", () => {
    const text = readFileSync(join(home, "secrets", "mmf.secret"), "utf8").trim();
    const secret = { reveal: () => Uint8Array.from(Buffer.from(text, "base64url")) } as Secret;
    keyFile("mmf", "service", generateSeed(), secret);
    expect(codeOf(() => readServiceKeys(home, "mmf"))).toBe("key-registry-mismatch");
  });
  const beside = (purpose: "record" | "log", seed: Secret) => {
    const text = readFileSync(join(home, "secrets", "codex-nexus.secret"), "utf8").trim();
    keyFile(
      "codex-nexus",
      purpose,
      seed,
      Secret.from(Uint8Array.from(Buffer.from(text, "base64url"))),
      ".next",
    );
    return signingKey(seed);
  };
  it("a key that a rotation left beside the listed one is spare, until the registry lists it", () => {
    const before = readServiceKeys(home, "codex-nexus");
    const next = beside("log", generateSeed());
    const during = readServiceKeys(home, "codex-nexus");
    expect([during.log.kid, during.spare.log?.kid, during.spare.record]).toEqual([
      before.log.kid,
      next.kid,
      undefined,
    ]);
    const file = readKeyRegistry(home);
    const keys = file.keys.flatMap((row) =>
      row.kid === before.log.kid
        ? [
            { ...row, to: 7 },
            { ...row, kid: next.kid, publicKey: toBase64url(next.publicKey.raw), from: 7 },
          ]
        : [row],
    );
    writeFileSync(join(home, "keys", "registry.json"), formatKeyRegistry({ ...file, keys }));
    const after = readServiceKeys(home, "codex-nexus");
    expect([after.log.kid, after.spare.log?.kid]).toEqual([next.kid, before.log.kid]);
    expect(registryEntry(after.registry, "codex-nexus", "log")).toMatchObject({ kid: next.kid, from: 7 });
  });
  it("key-file-missing: a key or a secret that is not there, with its path", () => {
    rmSync(join(home, "keys", "mmf", "channel.key"));
    expect(() => readServiceKeys(home, "mmf")).toThrow(
      expect.objectContaining({ code: "key-file-missing", message: expect.stringContaining("channel.key") }),
    );
  });
  it.skipIf(process.platform === "win32")("key-file-exposed: a secret or a key that others may read", () => {
    for (const file of ["secrets/mmf.secret", "keys/mmf/service.key"]) {
      chmodSync(join(home, file), 0o640);
      expect(codeOf(() => readServiceKeys(home, "mmf"))).toBe("key-file-exposed");
      chmodSync(join(home, file), 0o600);
    }
  });
});

describe("the key registry", () => {
  const change = (edit: (file: KeyRegistryFile) => unknown) => {
    const path = join(home, "keys", "registry.json");
    const file = JSON.parse(readFileSync(path, "utf8"));
    edit(file);
    writeFileSync(path, JSON.stringify(file));
    return () => readKeyRegistry(home);
  };
  it.each<[string, (file: KeyRegistryFile) => unknown]>([
    ["a key enrolled twice", (file) => file.keys.push({ ...file.keys[0], service: "issuer" } as never)],
    [
      "a kid that is not the key's thumbprint",
      (file) => Object.assign(file.keys[0] ?? {}, { kid: "A".repeat(43) }),
    ],
    [
      "a key of small order",
      (file) => Object.assign(file.keys[0] ?? {}, { publicKey: `AQ${"A".repeat(41)}` }),
    ],
    ["an unknown field", (file) => Object.assign(file, { admin: 1 })],
    ["an unknown purpose", (file) => Object.assign(file.keys[0] ?? {}, { purpose: "master" })],
  ])("refuses %s", (_, edit) => {
    expect(codeOf(change(edit))).toBe("key-registry-malformed");
  });
  it("gives envelopes to service keys only: a record or a channel key signs no request", () => {
    const registry = readKeyRegistry(home);
    const peers = peersOf(registry);
    const accepted = registry.keys
      .filter((key) => peers.byKid(key.kid) !== undefined)
      .map((key) => `${key.service} ${key.purpose}`);
    expect(accepted.sort()).toEqual(["mmf service", "sigilderg service"]);
  });
});
