import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseTrustFile } from "@sigil/canon";
import { fromBase64url, readKeyFileHeader, verifyKey } from "@sigil/crypto";
import { verifyLicence } from "@sigil/policy";
import { KEY_FILES, loadConfigFile, readKeyRegistry, readServiceKeys } from "@sigil/service";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { genesisWriter, storeVerifier } from "../src/clients/nexus.ts";
import { bootstrap, type Ceremony } from "../src/domain/bootstrap.ts";
import { KEYS, OWNERS } from "../src/domain/home.ts";
import { filesOf } from "../src/store/examination.ts";
import { inspect } from "../src/store/home.ts";
import { listKeys, openIssuer } from "../src/store/keys.ts";
import { readLicences } from "../src/store/licences.ts";
import { readModulePackages } from "../src/store/modules.ts";
import { stage, sweep } from "../src/store/staging.ts";
import { APPS, codeOf, folder } from "./place.ts";

const built = join(APPS, "codex-nexus/dist/codex-nexus.js");

beforeAll(() => {
  if (!existsSync(built)) throw new Error("the services are not built; run `pnpm run build` first");
});

/** The real ceremony: the built Codex Nexus writes genesis, the built modules are registered. */
function ceremony(home: string, set: readonly string[] = [], more: Partial<Ceremony> = {}): Ceremony {
  return {
    stage: () => stage(home),
    modules: async () => readModulePackages(join(APPS, "mmf/dist/modules")),
    genesis: genesisWriter({ apps: APPS, env: cleanEnv(), set }),
    now: () => new Date(),
    owner: { id: "ada", name: "Ada" },
    ...more,
  };
}

function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_")));
}

function everything(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    return entry.isDirectory() ? [inner, ...everything(inner)] : [inner];
  });
}

describe("the bootstrap ceremony", () => {
  test("makes a home that every service opens with its own secret, and whose store is intact", async () => {
    const home = join(folder(), "home");
    const founded = await bootstrap(ceremony(home));
    expect(inspect(home)).toBe("sigil");
    expect(founded.modules.map(({ id }) => id)).toContain("rust-mentor");
    expect(founded.guidance).toBeGreaterThanOrEqual(12);
    for (const service of ["codex-nexus", "sigilderg", "mmf"] as const)
      for (const purpose of KEY_FILES[service])
        expect(readServiceKeys(home, service)).toHaveProperty(purpose);
    const report = await storeVerifier({ apps: APPS, env: cleanEnv(), set: [] }, home, {
      say: () => undefined,
      progress: () => undefined,
    })({ keyless: false });
    // Genesis, two licences, and every guidance entry.
    expect(report).toMatchObject({ ok: true, findings: [], records: 3 + founded.guidance });
    const trust = parseTrustFile(readFileSync(join(home, "trust.json")));
    expect(trust).toMatchObject({
      genesis: founded.genesis,
      runtimeId: founded.runtimeId,
      quorum: { mode: "solo" },
    });
    expect(loadConfigFile({ home, env: {} }).config.sigilderg.port).toBe(7400);
  });

  test("gives an Operator and a Root licence that hold against the trust file, of one principal and one serial", async () => {
    const home = join(folder(), "home");
    await bootstrap(ceremony(home));
    const trust = parseTrustFile(readFileSync(join(home, "trust.json")));
    const ground = {
      issuers: new Map(
        trust.keys.issuer.map(({ kid, publicKey }) => [kid, verifyKey(fromBase64url(publicKey))]),
      ),
      runtimeId: trust.runtimeId,
      canonFingerprint: trust.genesis,
      now: new Date().toISOString(),
      recorded: () => "recorded" as const,
      highestSerial: () => 1,
    };
    const licences = readLicences(join(home, "licences"));
    const claims = await Promise.all(licences.map(({ token }) => verifyLicence(token, ground)));
    expect(claims.map(({ sub, loa, serial }) => [sub, loa, serial])).toEqual([
      ["owner", "Operator", 1],
      ["owner", "Root", 1],
    ]);
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(2);
    expect(openIssuer(home).kid).toBe(claims[0]?.iss);
  });

  test.skipIf(process.platform === "win32")(
    "leaves folders 0700 and files 0600, whatever the umask",
    async () => {
      const before = process.umask(0);
      onTestFinished(() => void process.umask(before));
      const home = join(folder(), "home");
      await bootstrap(ceremony(home));
      for (const path of [home, ...everything(home)]) {
        const info = statSync(path);
        expect(`${path} ${(info.mode & 0o777).toString(8)}`).toBe(
          `${path} ${info.isDirectory() ? "700" : "600"}`,
        );
      }
    },
  );

  test("draws every key anew, one per purpose, and no two alike", async () => {
    const parent = folder();
    const publics: string[] = [];
    for (const name of ["one", "two"]) {
      await bootstrap(ceremony(join(parent, name)));
      publics.push(...readKeyRegistry(join(parent, name)).keys.map(({ publicKey }) => publicKey));
      const rows = listKeys(join(parent, name));
      expect(rows.map(({ owner, purpose }) => `${owner}/${purpose}`)).toEqual(
        KEYS.map(({ owner, purpose }) => `${owner}/${purpose}`),
      );
      for (const row of rows) {
        expect(row.problem).toBeNull();
        expect(readKeyFileHeader(readFileSync(row.path, "utf8")).purpose).toBe(row.purpose);
      }
    }
    expect(publics).toHaveLength(16);
    expect(new Set(publics).size).toBe(16);
  });

  test("replaces an empty folder, and puts its files nowhere else", async () => {
    const parent = folder();
    mkdirSync(join(parent, "home"));
    await bootstrap(ceremony(join(parent, "home")));
    expect(readdirSync(parent)).toEqual(["home"]);
  });
});

describe("a bootstrap with its secrets apart", () => {
  test("leaves the home without one, and every service still opens its keys", async () => {
    const parent = folder();
    const home = join(parent, "home");
    const secrets = join(parent, "secrets");
    await bootstrap(ceremony(home, [], { stage: () => stage(home, secrets) }));
    expect(readdirSync(secrets).sort()).toEqual(OWNERS.map((owner) => `${owner}.secret`).sort());
    expect(lstatSync(join(home, "secrets")).isSymbolicLink()).toBe(true);
    expect(readServiceKeys(home, "mmf")).toHaveProperty("service");
    expect(filesOf(home).filter(({ mode }) => (mode & 0o077) !== 0)).toEqual([]);
  });

  test("never writes over what lies there, and takes back what it wrote when it fails", async () => {
    const parent = folder();
    const home = join(parent, "home");
    const secrets = join(parent, "secrets");
    const failing = ceremony(home, [], {
      stage: () => stage(home, secrets),
      genesis: () => Promise.reject(new Error("no store")),
    });
    expect(await codeOf(() => bootstrap(failing))).toBe("bootstrap-failed");
    expect([existsSync(home), readdirSync(secrets)]).toEqual([false, []]);
    writeFileSync(join(secrets, "mmf.secret"), "another home's");
    expect(await codeOf(() => stage(home, secrets))).toBe("secrets-present");
    expect(readdirSync(parent)).toEqual(["secrets"]);
    expect(readFileSync(join(secrets, "mmf.secret"), "utf8")).toBe("another home's");
  });
});

describe("a bootstrap that fails half-way", () => {
  test("leaves no home and nothing beside it, and says so", async () => {
    const parent = folder();
    const home = join(parent, "home");
    writeFileSync(join(parent, "file"), "");
    const broken = ceremony(home, [`codex_nexus.data_dir=${join(parent, "file/data")}`]);
    await expect(bootstrap(broken)).rejects.toMatchObject({
      code: "bootstrap-failed",
      message: expect.stringContaining("no runtime was made"),
      remedy: expect.stringMatching(/.{10}/),
    });
    expect(readdirSync(parent)).toEqual(["file"]);
    expect(inspect(home)).toBe("fresh");
  });

  test("because a module package was altered, names the file", async () => {
    const parent = folder();
    const modules = join(parent, "modules/hello");
    mkdirSync(join(modules, "dist"), { recursive: true });
    const source = join(APPS, "mmf/dist/modules/hello");
    writeFileSync(join(modules, "sigil.module.json"), readFileSync(join(source, "sigil.module.json")));
    writeFileSync(join(modules, "dist/module.js"), "// altered\n");
    const broken = ceremony(join(parent, "home"), [], {
      modules: async () => readModulePackages(join(parent, "modules")),
    });
    await expect(bootstrap(broken)).rejects.toThrow(/module-package-damaged.*dist\/module\.js/);
    expect(readdirSync(parent)).toEqual(["modules"]);
  });

  test("because another start was first, keeps the other's home", async () => {
    const parent = folder();
    const home = join(parent, "home");
    const late = ceremony(home);
    await expect(
      bootstrap({
        ...late,
        async genesis(...args) {
          const made = await late.genesis(...args);
          mkdirSync(home);
          writeFileSync(join(home, "trust.json"), "theirs");
          return made;
        },
      }),
    ).rejects.toThrow("home-not-sigil");
    expect(readdirSync(parent)).toEqual(["home"]);
    expect(readFileSync(join(home, "trust.json"), "utf8")).toBe("theirs");
  });

  test("because it was killed, is swept by the next start; one that still runs is not", async () => {
    const parent = folder();
    const home = join(parent, "home");
    const staging = stage(home);
    expect(sweep(home)).toEqual([]);
    // The mark of a process that is gone: no process has this number.
    writeFileSync(join(staging.path, "run/bootstrap.json"), JSON.stringify({ pid: 2 ** 30, born: "1" }));
    mkdirSync(join(parent, "home.bootstrap-mine"));
    expect(sweep(home)).toEqual([staging.path]);
    expect(readdirSync(parent)).toEqual(["home.bootstrap-mine"]);
  });
});

/** Files and folders (names that end in a slash) below a home. */
function fill(home: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(name.endsWith("/") ? join(home, name) : home, { recursive: true });
    if (!name.endsWith("/")) writeFileSync(join(home, name), "{}");
  }
}

describe("what lies at a home", () => {
  test.each([
    ["a file", "home-not-sigil", (home: string) => writeFileSync(home, "")],
    ["something else", "home-not-sigil", (home: string) => fill(home, "thesis.txt")],
    ["keys without a trust file", "home-incomplete", (home: string) => fill(home, "keys/", "data/")],
    ["a trust file without keys", "home-incomplete", (home: string) => fill(home, "trust.json")],
  ])("%s is %s", async (_, code, make) => {
    const home = join(folder(), "home");
    make(home);
    expect(await codeOf(() => inspect(home))).toBe(code);
  });

  test("a place where nobody can write is home-not-writable", async () => {
    const parent = folder();
    writeFileSync(join(parent, "file"), "");
    expect(await codeOf(() => stage(join(parent, "file/home")))).toBe("home-not-writable");
    expect(readdirSync(parent)).toEqual(["file"]);
  });
});
