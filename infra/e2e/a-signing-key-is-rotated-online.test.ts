import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("signing-key");
let runtime: Runtime;
let home: string;
const written: string[] = [];
const at = (name: string) => join(place.parent, name);
const trust = () => JSON.parse(readFileSync(join(home, "trust.json"), "utf8"));

async function write(text: string): Promise<string> {
  const { id } = await runtime.json("memory", "write", text);
  written.push(id);
  return id;
}

/** Exports what was written, and verifies it without the home, under a trust file. */
async function proved(bundle: string, trustFile: string) {
  const file = at(bundle);
  await runtime.json("canon", "export", ...written, "--out", file, "--force");
  return verifiedAlone(bundle, trustFile);
}
async function verifiedAlone(bundle: string, trustFile: string) {
  const { code, stdout } = await sigil(at("nowhere"), [
    "verify",
    at(bundle),
    "--trust",
    at(trustFile),
    "--json",
  ]);
  const report = JSON.parse(stdout);
  return { exit: code, ...report };
}

beforeAll(async () => {
  home = place.home;
  runtime = await Runtime.start(home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

describe("the record and the log key", () => {
  test("rotate beside a running runtime, by a recorded decision that binds the record of the rotation", async () => {
    await write("under the first keys");
    cpSync(join(home, "trust.json"), at("old-trust.json"));
    expect(await proved("old-bundle.json", "old-trust.json")).toMatchObject({ exit: 0, verdict: "verified" });
    await runtime.json("store", "backup", at("before.db"));

    for (const key of ["record", "log"]) {
      const rotated = await runtime.json("key", "rotate", key);
      await write(`after the ${key} key`);
      const shown = await runtime.json("decision", "show", rotated.decision);
      expect(shown).toMatchObject({ body: { action: "key.rotate" }, outcome: { status: "done" } });
      expect(shown.outcome.effects).toMatchObject([{ id: rotated.record, kind: "key.rotated" }]);
      expect(trust().keys[key]).toMatchObject([
        { from: 0, to: rotated.from },
        { kid: rotated.kid, from: rotated.from, to: null },
      ]);
    }
    const { signing } = await runtime.json("key", "status");
    expect(signing.map(({ role, to }: { role: string; to: number | null }) => [role, to === null])).toEqual([
      ["record", false],
      ["record", true],
      ["log", false],
      ["log", true],
    ]);
    const { text } = await runtime.door("GET", "/.well-known/sigil-keys");
    for (const { kid } of signing) expect(text).toContain(kid);
  });

  test("old and new bundles verify under the new trust file, also after a restart", async () => {
    cpSync(join(home, "trust.json"), at("trust.json"));
    expect(await proved("bundle.json", "trust.json")).toMatchObject({
      exit: 0,
      verdict: "verified",
      followed: [],
    });
    expect(await verifiedAlone("old-bundle.json", "trust.json")).toMatchObject({
      exit: 0,
      verdict: "verified",
    });
    await runtime.stop();
    runtime = await Runtime.start(home);
    await write("after the restart");
    expect(await proved("bundle.json", "trust.json")).toMatchObject({ exit: 0, verdict: "verified" });
    expect((await runtime.json("canon", "verify")).findings).toEqual([]);
  });

  test("the trust file from before follows the rotations that a bundle proves, and nothing without them", async () => {
    const followed = await verifiedAlone("bundle.json", "old-trust.json");
    expect(followed).toMatchObject({ exit: 0, verdict: "verified" });
    expect(followed.followed.map(({ role }: { role: string }) => role)).toEqual(["record", "log"]);
    const bundle = JSON.parse(readFileSync(at("bundle.json"), "utf8"));
    const entries = bundle.entries.filter(
      ({ record }: { record: { record: { kind: string } } }) => record.record.kind !== "key.rotated",
    );
    writeFileSync(at("without.json"), JSON.stringify({ ...bundle, entries }));
    expect(await verifiedAlone("without.json", "old-trust.json")).toMatchObject({
      exit: 1,
      verdict: "refused",
      code: "key-not-pinned",
    });
    const said = await sigil(at("nowhere"), ["verify", at("without.json"), "--trust", at("old-trust.json")]);
    expect(said.stdout).toContain("key-not-pinned");
    expect(said.stdout).toContain("sigil canon trust");
  });

  test("are not rotated for less than a Root licence", async () => {
    const before = trust();
    for (const key of ["record", "log"]) {
      const answer = await runtime.door("POST", "/v1/keys/rotations", { body: { key } });
      expect(answer.status).toBe(403);
    }
    expect(trust()).toEqual(before);
  });

  test("kill -9 at any moment of a rotation leaves it done or undone, and the store goes on", async () => {
    // Few, with whole runtimes; `npm run reliability -- crash` kills at every system call of a rotation.
    for (let round = 0; round < 4; round += 1) {
      const key = round % 2 === 0 ? "record" : "log";
      const answered = runtime
        .door("POST", "/v1/keys/rotations", { licence: runtime.licence("root"), body: { key } })
        .catch(() => undefined);
      // Half of the rounds at a time of their own, half as soon as the new key lies beside the present one.
      const beside = join(home, `keys/codex-nexus/${key}.next.key`);
      const until = performance.now() + (round < 2 ? round * 60 : 2_000);
      while (performance.now() < until && !(round >= 2 && existsSync(beside)))
        await new Promise((resolve) => setImmediate(resolve));
      process.kill(runtime.pid("codex-nexus"), "SIGKILL");
      await runtime.ended();
      const answer = await answered;
      runtime = await Runtime.start(home);
      const present = trust().keys[key].at(-1);
      const acknowledged = answer?.status === 202 ? answer.body.kid : present.kid;
      expect(present.kid).toBe(acknowledged);
      const sealed = JSON.parse(readFileSync(join(home, `keys/codex-nexus/${key}.key`), "utf8"));
      expect(sealed.kid).toBe(present.kid);
      expect(readdirSync(join(home, "keys/codex-nexus")).filter((name) => name.includes("next"))).toEqual([]);
      await write(`after kill ${round}`);
    }
    cpSync(join(home, "trust.json"), at("trust.json"));
    expect(await proved("bundle.json", "trust.json")).toMatchObject({ exit: 0, verdict: "verified" });
    expect((await runtime.json("canon", "verify")).findings).toEqual([]);
  });

  test("a backup from after the rotations is restored on another machine, and goes on under the keys there", async () => {
    await runtime.json("store", "backup", at("after.db"));
    await runtime.stop();
    const elsewhere = at("elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    for (const name of ["keys", "secrets", "licences", "trust.json"])
      cpSync(join(home, name), join(elsewhere, name), { recursive: true });
    const restored = await sigil(elsewhere, ["store", "restore", at("after.db"), "--json"]);
    expect(restored.code, restored.stderr).toBe(0);
    home = elsewhere;
    runtime = await Runtime.start(elsewhere);
    await runtime.json("lockdown", "leave", "--reason", "the restore was checked");
    await write("elsewhere");
    cpSync(join(home, "trust.json"), at("trust.json"));
    expect(await proved("elsewhere.json", "trust.json")).toMatchObject({ exit: 0, verdict: "verified" });
    expect((await runtime.json("canon", "verify")).findings).toEqual([]);
    await runtime.stop();
  });

  test("a backup from before the rotations is restored too: the present keys sign on, and old bundles verify", async () => {
    home = place.home;
    const restored = await sigil(home, ["store", "restore", at("before.db"), "--json"]);
    expect(restored.code, restored.stderr).toBe(0);
    const [first] = written;
    written.length = 0;
    written.push(first as string);
    runtime = await Runtime.start(home);
    await runtime.json("lockdown", "leave", "--reason", "the restore was checked");
    await write("in the new epoch");
    await runtime.json("key", "rotate", "record");
    await write("and after one more rotation there");
    cpSync(join(home, "trust.json"), at("trust.json"));
    expect(await proved("epoch.json", "trust.json")).toMatchObject({ exit: 0, verdict: "verified" });
    for (const bundle of ["old-bundle.json"])
      expect(await verifiedAlone(bundle, "trust.json")).toMatchObject({ exit: 0, verdict: "verified" });
    expect((await runtime.json("canon", "verify")).findings).toEqual([]);
  });
});
