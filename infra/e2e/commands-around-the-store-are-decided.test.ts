import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("decided");
const due = join(place.home, "decisions-due");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime.stop();
  place.remove();
});

const file = (name: string) => join(place.parent, name);

/** The newest decision about an action; a check every two seconds records it. */
async function decided(action: string) {
  for (const deadline = Date.now() + 15_000; ; ) {
    const { entries } = await runtime.json("audit", "list", "--action", action);
    if (entries.length > 0 || Date.now() > deadline) return entries[0];
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe("a command around the store", () => {
  test("a backup beside a running runtime leaves its decision and its outcome in the log", async () => {
    await runtime.json("store", "backup", file("one.db"));
    expect(await decided("store.backup")).toMatchObject({
      verdict: "allow",
      recorded: "durable",
      route: "local store.backup",
      outcome: { status: "done" },
    });
    expect(readdirSync(due)).toEqual([]);
  });

  test("is not begun while a runtime that answers is in lockdown", async () => {
    await runtime.json("lockdown", "enter", "--reason", "a drill");
    const locked = await runtime.cli("store", "backup", file("locked.db"));
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining("lockdown")]);
    expect(readdirSync(place.parent)).not.toContain("locked.db");
  });

  test("one that ran beside no runtime in spite of a lockdown is recorded as denied, and kept to be looked at", async () => {
    await runtime.stop();
    const since = new Date().toISOString();
    expect((await sigil(place.home, ["store", "backup", file("locked.db")])).code).toBe(0);
    await runtime.start();
    const { entries } = await runtime.json("audit", "list", "--action", "store.backup", "--since", since);
    expect(entries).toMatchObject([{ verdict: "deny", reasons: [{ code: "locked-down" }] }]);
    const [kept] = readdirSync(due);
    expect(kept).toMatch(/\.json\.refused$/);
    rmSync(join(due, kept as string));
    await runtime.json("lockdown", "leave", "--reason", "the drill is over");
  });

  test("a migration and a restore are decided at the first start after them, before anybody is admitted", async () => {
    await runtime.stop();
    writeFileSync(file("legacy.jsonl"), `${JSON.stringify({ id: "u-1", anything: 1 })}\n`);
    const migrated = await sigil(place.home, ["store", "migrate", file("legacy.jsonl")]);
    expect(migrated.code, migrated.stderr).toBe(0);
    const restored = await sigil(place.home, ["store", "restore", file("one.db")]);
    expect(restored.code, restored.stderr).toBe(0);
    expect(readdirSync(due)).toHaveLength(2);
    await runtime.start();
    for (const action of ["store.migrate", "store.restore"])
      expect(await decided(action)).toMatchObject({ verdict: "allow", outcome: { status: "done" } });
    expect(readdirSync(due)).toEqual([]);
    expect((await runtime.json("canon", "verify")).findings).toEqual([]);
    await runtime.json("lockdown", "leave", "--reason", "the restore was checked");
  });

  test("one that was cut off is recorded as unknown", async () => {
    await runtime.stop();
    const id = "01900000-0000-7000-8000-000000000000";
    const licence = readFileSync(join(place.home, "licences/root.jwt"), "utf8").trim();
    const at = new Date().toISOString();
    // No process has an id above 2^22.
    const note = { v: 1, id, action: "store.backup", licence, at, pid: 2 ** 22 + 1 };
    writeFileSync(join(due, `${id}.json`), JSON.stringify(note));
    await runtime.start();
    const { entries } = await runtime.json("audit", "list", "--action", "store.backup", "--since", at);
    expect(entries).toMatchObject([{ outcome: { status: "unknown", code: "command-cut-off" } }]);
  });

  test("one under a revoked licence is refused where a runtime answers, and told of for ever where none did", async () => {
    const licence = file("carol.jwt");
    await runtime.json("license", "issue", "--principal", "carol", "--loa", "Root", "--out", licence);
    const [, claims = ""] = readFileSync(licence, "utf8").split(".");
    const { jti } = JSON.parse(Buffer.from(claims, "base64url").toString());
    await runtime.json("license", "revoke", jti, "--reason", "stolen");
    const refused = await runtime.cli("store", "backup", file("two.db"), "--licence", licence);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("licence-refused")]);
    await runtime.stop();
    writeFileSync(join(due, "malformed.json"), "{}");
    expect((await sigil(place.home, ["store", "backup", file("two.db"), "--licence", licence])).code).toBe(0);
    await runtime.start();
    expect(readdirSync(due).every((name) => name.endsWith(".refused"))).toBe(true);
    expect(readdirSync(due)).toHaveLength(2);
    expect((await runtime.cli("status")).stdout).toContain("command-not-allowed");
    const log = readFileSync(join(place.home, "logs/sigilderg.log"), "utf8");
    expect(log).toContain("a command ran that the records do not allow");
  });
});
