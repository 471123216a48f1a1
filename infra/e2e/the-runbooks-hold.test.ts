// What docs/runbooks say of a full disk, a rollback and a lost root key, done with their commands on a real home.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unlimitable } from "../../packages/service/test/unlimitable.ts";
import { Runtime, type Service, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("runbooks");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime.stop();
  place.remove();
});

const spoken = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  `${stdout}${stderr}`.replace(/\s+/g, " ");
const runbook = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../docs/runbooks/${name}.md`), "utf8").replace(/\s+/g, " ");

const metrics = async (service: Service) => (await runtime.door("GET", `/metrics?service=${service}`)).text;

const reason = unlimitable();
if (reason !== undefined) console.warn(`the-runbooks-hold: a disk that takes nothing is skipped: ${reason}`);

describe("the runbook of a full disk", () => {
  // A limit on the size of files stands for the disk: the store, its anchor and its log can write no more, and nobody else.
  test.skipIf(reason !== undefined)(
    "names what refuses in status, doctor and /readyz of store and door, and ends by itself when there is room",
    async () => {
      const limit = (bytes: string) =>
        execFileSync("prlimit", ["--pid", String(runtime.pid("codex-nexus")), `--fsize=${bytes}`]);
      const kept = await runtime.json("memory", "write", "before");
      limit("1024:unlimited");
      const refused = await runtime.cli("memory", "write", "while it is full");
      expect([refused.code, spoken(refused)]).toEqual([1, expect.stringContaining("store-unwritable")]);
      expect(await metrics("codex-nexus")).toContain('sigil_store_unwritable{service="codex-nexus"} 1');
      const red = async (service: "sigilderg" | "codex-nexus") =>
        (await fetch(`http://127.0.0.1:${runtime.ports[service]}/readyz`)).text();
      for (const service of ["codex-nexus", "sigilderg"] as const)
        await expect.poll(() => red(service), { timeout: 20_000 }).toContain("store-unwritable");
      const status = await runtime.cli("status");
      expect([status.code, spoken(status)]).toEqual([
        1,
        expect.stringMatching(/commits fail since .*(IOERR|EFBIG)/),
      ]);
      const doctor = await runtime.cli("doctor");
      expect([doctor.code, spoken(doctor)]).toEqual([1, expect.stringContaining("Make room on the disk")]);
      limit("unlimited:unlimited");
      await expect.poll(async () => (await runtime.cli("status")).code, { timeout: 20_000 }).toBe(0);
      await runtime.json("memory", "write", "there is room");
      expect(await metrics("codex-nexus")).toContain('sigil_store_unwritable{service="codex-nexus"} 0');
      expect(await metrics("mmf")).toContain('sigil_http_requests_total{route="mmf GET /readyz"');
      expect(spoken(await runtime.cli("memory", "get", kept.id))).toContain("before");
      expect(spoken(await runtime.cli("canon", "verify"))).toContain("intact");
      for (const said of ["store-unwritable", "sigil status", "sigil doctor", "sigil canon verify"])
        expect(runbook("disk-full")).toContain(said);
    },
  );
});

describe("the runbook of a rollback", () => {
  test("a start names the alarm at once and leaves nothing running; verify says how far; the newer file put back ends it", async () => {
    const data = join(place.home, "data");
    const older = join(place.parent, "older");
    await runtime.stop();
    cpSync(data, older, { recursive: true });
    await runtime.start();
    await runtime.json("memory", "write", "newer");
    await runtime.stop();
    const newer = join(place.parent, "newer");
    renameSync(data, newer);
    cpSync(older, data, { recursive: true });
    await expect(runtime.start()).rejects.toThrow(/store-alarm: .*rollback-detected.*\n.*restore a backup/);
    const verified = await runtime.cli("canon", "verify");
    expect([verified.code, spoken(verified)]).toEqual([
      1,
      expect.stringMatching(/the anchor is at \d+ records and the store at \d+: [1-9]\d* are gone/),
    ]);
    expect((await runtime.cli("store", "backup", join(place.parent, "alarmed.db"))).code).toBe(0);
    rmSync(data, { recursive: true });
    renameSync(newer, data);
    expect(spoken(await runtime.cli("canon", "verify"))).toContain("intact");

    const anchor = join(place.home, "anchor/checkpoint");
    renameSync(anchor, `${anchor}.copy`);
    await expect(runtime.start()).rejects.toThrow(/store-alarm: .*anchor-missing/);
    copyFileSync(`${anchor}.copy`, anchor);
    await runtime.start();
    for (const said of [
      "store-alarm",
      "anchor-missing",
      "sigil canon verify",
      "sigil store backup",
      "are gone",
    ])
      expect(runbook("rollback-alarm")).toContain(said);
  });
});

describe("the runbook of a lost root key", () => {
  test("a start refuses by name; a keyless verify still holds the log; the key put back opens everything", async () => {
    await runtime.stop();
    const key = join(place.home, "keys/codex-nexus/root.key");
    renameSync(key, `${key}.away`);
    await expect(runtime.start()).rejects.toThrow(/home-incomplete: .*root\.key/);
    const keyed = await sigil(place.home, ["canon", "verify"]);
    expect([keyed.code, spoken(keyed)]).toEqual([2, expect.stringContaining("key-file-missing")]);
    expect(spoken(await sigil(place.home, ["canon", "verify", "--keyless"]))).toContain("intact");
    copyFileSync(join(place.home, "keys/sigilderg/channel.key"), key);
    await expect(runtime.start()).rejects.toThrow(/key-/);
    renameSync(`${key}.away`, key);
    await runtime.start();
    expect(spoken(await runtime.cli("canon", "verify"))).toContain("intact");
    for (const said of ["home-incomplete", "sigil canon verify --keyless"])
      expect(runbook("lost-root-key")).toContain(said);
  });
});
