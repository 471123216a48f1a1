import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("tamper");
let ids: string[];

beforeAll(async () => {
  const runtime = await Runtime.start(place.home);
  ids = [];
  for (const text of ["first note", "second note", "third note"])
    ids.push((await runtime.json("memory", "write", text)).id);
  await runtime.stop();
});
afterAll(() => place.remove());

/** A copy of the database, changed by hand. */
function tampered(name: string, change: (database: Database.Database) => void): string {
  const folder = join(place.parent, name);
  mkdirSync(folder);
  copyFileSync(join(place.home, "data/nexus.db"), join(folder, "nexus.db"));
  const database = new Database(join(folder, "nexus.db"));
  change(database);
  database.close();
  return folder;
}

describe("a database edited by hand", () => {
  test("an untouched copy is clean", async () => {
    const folder = tampered("clean", () => {});
    const answer = await sigil(place.home, ["canon", "verify", "--data", folder, "--json"]);
    expect(answer.code, answer.stdout + answer.stderr).toBe(0);
    expect(JSON.parse(answer.stdout)).toMatchObject({ ok: true, findings: [] });
  });

  test("a flipped byte of a record is found and the record named", async () => {
    const folder = tampered("flip", (database) => {
      const row = database.prepare("select ct from leaves where id = ?").get(ids[1]) as { ct: Buffer };
      row.ct[40] = (row.ct[40] ?? 0) ^ 1;
      database.prepare("update leaves set ct = ? where id = ?").run(row.ct, ids[1]);
    });
    const answer = await sigil(place.home, ["canon", "verify", "--data", folder, "--json"]);
    expect(answer.code).toBe(1);
    const report = JSON.parse(answer.stdout);
    expect(report.ok).toBe(false);
    expect(report.findings.map((finding: { id?: string }) => finding.id)).toContain(ids[1]);
    expect(report.findings.map((finding: { id?: string }) => finding.id)).not.toContain(ids[0]);
  });

  test("a flipped byte is found without any key", async () => {
    const folder = join(place.parent, "flip");
    const answer = await sigil(place.home, ["canon", "verify", "--data", folder, "--keyless", "--json"]);
    expect(answer.code).toBe(1);
    expect(JSON.parse(answer.stdout).findings.map((finding: { id?: string }) => finding.id)).toContain(
      ids[1],
    );
  });

  test("a record deleted by hand is missed", async () => {
    const folder = tampered("delete", (database) => {
      database.pragma("foreign_keys = OFF");
      database.prepare("delete from leaves where id = ?").run(ids[1]);
    });
    const answer = await sigil(place.home, ["canon", "verify", "--data", folder, "--json"]);
    expect(answer.code).toBe(1);
    expect(JSON.parse(answer.stdout).findings.length).toBeGreaterThan(0);
  });
});
