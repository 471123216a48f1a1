// Incremental backup with the real program: a chain of a backup and segments gives the store that they were cut from.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoredPlace } from "../src/domain/records.ts";
import { backupLedgerPath } from "../src/home.ts";
import { databaseFiles } from "../src/store/database-files.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { answer, backup, codeOf, foundedHome, homes, newHome, receipt, write } from "./support/operator.ts";
import { bundledProgram, command } from "./support/process.ts";
import { opened } from "./support/store.ts";

bundledProgram();

const TABLES = ["meta", "keks", "leaves", "leaf_tags", "nodes", "checkpoint", "idempotency"];

/** Every row of every table, in order. */
function rowsOf(file: string): Record<string, unknown[]> {
  const database = new Database(file, { readonly: true });
  try {
    const rows = TABLES.map((name) => {
      const all = database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).raw(true).all() as unknown[][];
      return [
        name,
        all.map((row) => row.map((cell) => (Buffer.isBuffer(cell) ? cell.toString("hex") : cell))),
      ];
    });
    return Object.fromEntries(rows);
  } finally {
    database.close();
  }
}

async function segment(home: TestHome, name: string, since: string) {
  const file = join(home.folder, name);
  return answer(await command(home, ["backup", "--file", file, "--since", since]));
}

/** Another machine, with what a backup needs beside it. */
function elsewhere(home: TestHome): TestHome {
  const other = temporaryHome();
  homes.push(other);
  for (const name of ["keys", "secrets", "trust.json"]) {
    rmSync(join(other.folder, name), { recursive: true, force: true });
    cpSync(join(home.folder, name), join(other.folder, name), { recursive: true });
  }
  mkdirSync(other.data, { recursive: true });
  return other;
}

async function rotateKek(home: TestHome): Promise<void> {
  const store = await opened(home);
  await store.nexus.keks.begin(Date.now());
  await store.nexus.keks.settled();
  await store.close();
}

/** A backup and two segments: writes, an erasure and a rotation of the KEK lie between them. */
async function chain(home: TestHome) {
  const [, gone] = await write(home, memory("kept"), memory("to be erased"));
  const base = await backup(home, "base.db");
  await write(home, memory("canary-one"), receipt(home, gone as StoredPlace));
  await rotateKek(home);
  const one = await segment(home, "one.seg", base);
  await write(home, ...Array.from({ length: 9 }, (_, at) => memory(`two ${at}`)));
  const two = await segment(home, "two.seg", one.file);
  return { base, one, two, gone: gone as StoredPlace };
}

describe("a segment", () => {
  let home: TestHome;
  let made: Awaited<ReturnType<typeof chain>>;
  beforeAll(async () => {
    home = await foundedHome();
    made = await chain(home);
  }, 90_000);
  afterAll(() => home.remove());

  test("chain of a backup and segments has every row of the store, rewrapped and erased keys included", async () => {
    const { base, one, two } = made;
    expect([one.records, one.since.size, two.records]).toEqual([2, 4, 9]);
    const into = join(home.folder, "assembled.db");
    databaseFiles.assemble(base, [one.file, two.file], into);
    expect(rowsOf(into)).toEqual(rowsOf(join(home.data, "nexus.db")));
  }, 60_000);

  test("holds nothing in clear, is for its owner alone, leaves no copy behind, and stands in the ledger", async () => {
    const { one, two } = made;
    expect(readFileSync(one.file).includes("canary-one")).toBe(false);
    expect(statSync(one.file).mode & 0o077).toBe(0);
    expect(readdirSync(home.folder).filter((name) => /\.(partial|whole)/.test(name))).toEqual([]);
    const ledger = readFileSync(backupLedgerPath(home.anchor), "utf8").trim().split("\n");
    expect(ledger.slice(1).map((line) => JSON.parse(line).file)).toEqual([one.file, two.file]);
  }, 60_000);

  test("chain is restored on another machine to the same root, and verifies", async () => {
    const { base, one, two, gone } = made;
    const other = elsewhere(home);
    const args = ["restore", "--file", base, "--segment", one.file, "--segment", two.file];
    const report = answer(await command(other, args));
    expect(report).toMatchObject({ epoch: 1, from: two.size });
    const verified = answer(await command(other, ["verify"]));
    expect(verified).toMatchObject({ ok: true, size: two.size + 1, erased: [{ index: gone.index }] });
    const store = await opened({ ...other, keys: home.keys, origin: home.origin });
    try {
      const [first] = (await store.nexus.query({ kind: "system.epoch", order: "asc", limit: 1 }, "Root"))
        .records;
      const restored = String(first?.signed.record.payload.restored);
      const root = Buffer.from(restored.split("\n")[2] ?? "", "base64").toString("hex");
      expect(`sha256:${root}`).toBe(two.root);
    } finally {
      await store.close();
    }
    expect(existsSync(join(other.data, "restoring-chain.db"))).toBe(false);
  }, 60_000);

  test("chain with a gap, in another order, foreign or damaged is refused by name, and nothing is written", async () => {
    const { base, one, two } = made;
    const stranger = await newHome();
    const foreign = await segment(stranger, "foreign.seg", await backup(stranger, "foreign.db"));
    const damaged = join(home.folder, "damaged.seg");
    const torn = join(home.folder, "torn.seg");
    cpSync(two.file, damaged);
    const database = new Database(damaged);
    database.exec("UPDATE leaves SET loa = 'Guest'");
    database.close();
    cpSync(two.file, torn);
    const bytes = readFileSync(torn);
    writeFileSync(torn, bytes.fill(0xff, bytes.length - 9000, bytes.length - 4096));
    const other = elsewhere(home);
    const before = readdirSync(other.data);
    const trust = readFileSync(join(other.folder, "trust.json"), "utf8");
    const cases = [
      ["segment-gap", two.file],
      ["segment-order", two.file, one.file],
      ["segment-order", one.file, one.file],
      ["segment-foreign", foreign.file],
      ["segment-foreign", base],
      ["segment-damaged", one.file, damaged],
      ["segment-damaged", one.file, torn],
      ["store-missing", join(home.folder, "none.seg")],
    ] as const;
    expect(codeOf(await command(other, ["restore", "--file", one.file]))).toEqual([78, "segment-gap"]);
    for (const [code, ...segments] of cases) {
      const args = ["restore", "--file", base, ...segments.flatMap((file) => ["--segment", file])];
      expect(codeOf(await command(other, args)), segments.join(" ")).toEqual([78, code]);
    }
    const headless = await command(other, ["restore", "--file", one.file, "--segment", two.file]);
    expect(codeOf(headless)).toEqual([78, "segment-gap"]);
    expect(readdirSync(other.data).filter((name) => name !== "nexus.lock")).toEqual(before);
    expect(readFileSync(join(other.folder, "trust.json"), "utf8")).toBe(trust);
  }, 90_000);

  test("since a base of another log, or of before a restore, is refused and leaves no file", async () => {
    const home = await newHome();
    await write(home, memory("one"));
    const base = await backup(home, "base.db");
    await write(home, memory("lost"));
    const late = await backup(home, "late.db");
    const stranger = await newHome();
    const foreign = await backup(stranger, "foreign.db");
    answer(await command(home, ["restore", "--file", base]));
    for (const since of [foreign, late, base]) {
      const file = join(home.folder, "refused.seg");
      const refused = await command(home, ["backup", "--file", file, "--since", since]);
      expect(codeOf(refused), since).toEqual([78, "segment-foreign"]);
    }
    expect(readdirSync(home.folder).filter((name) => name.startsWith("refused"))).toEqual([]);
  }, 60_000);
});
