import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Frontier } from "@sigil/canon";
import { randomBytes } from "@sigil/crypto";
import Database from "better-sqlite3";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, test } from "vitest";
import { SqliteInspection } from "../src/store/inspection.ts";
import { layoutOf, MIGRATIONS, migrate } from "../src/store/migrations.ts";
import { pageSql } from "../src/store/page.ts";
import * as schema from "../src/store/schema.ts";
import { SqliteStorage } from "../src/store/sqlite.ts";
import { batch, birth, leaf, storageSuite } from "./support/storage-suite.ts";

for (const threaded of [false, true]) {
  storageSuite(threaded ? "sqlite that commits in a thread" : "sqlite", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sigil-storage-"));
    const file = join(folder, "nexus.db");
    let storage = SqliteStorage.open(file, { create: true, threaded });
    return {
      storage,
      async reopen() {
        await storage.close();
        storage = SqliteStorage.open(file, { threaded });
        return storage;
      },
      async remove() {
        await storage.close();
        rmSync(folder, { recursive: true });
      },
    };
  });
}

describe("the SQLite layout", () => {
  test("the migrations make the tables, columns and indexes that drizzle's schema describes", () => {
    const database = new Database(":memory:");
    migrate(database);
    expect(layoutOf(database)).toBe(MIGRATIONS.length);
    const made = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    const tables = Object.values(schema).map((table) => getTableConfig(table));
    expect(tables.map(({ name }) => name).sort()).toEqual(made);
    for (const { name, columns, indexes } of tables) {
      const info = database.pragma(`table_info(${name})`) as {
        name: string;
        type: string;
        notnull: number;
        pk: number;
      }[];
      const there = info.map((column) => [
        column.name,
        column.type.toLowerCase(),
        column.notnull === 1 || column.pk > 0,
      ]);
      expect(there.sort()).toEqual(
        columns.map((column) => [column.name, column.getSQLType(), column.notNull || column.primary]).sort(),
      );
      const list = (
        database.pragma(`index_list(${name})`) as { name: string; unique: number; origin: string }[]
      )
        .filter(({ origin }) => origin === "c")
        .map((index) => [index.name, index.unique === 1]);
      expect(list.sort()).toEqual(indexes.map(({ config }) => [config.name, config.unique]).sort());
    }
    database.close();
  });

  test("migrating twice changes nothing, and a newer layout is refused by name", () => {
    const database = new Database(":memory:");
    migrate(database);
    const before = database.prepare("SELECT sql FROM sqlite_schema").pluck().all();
    migrate(database);
    expect(database.prepare("SELECT sql FROM sqlite_schema").pluck().all()).toEqual(before);
    database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    expect(() => migrate(database)).toThrow(expect.objectContaining({ code: "store-newer" }));
    database.close();
  });

  test("every page walks one index in leaf order: none is sorted, however deep it starts", () => {
    const database = new Database(":memory:");
    migrate(database);
    const blind = new Uint8Array(16);
    const filters = [
      {},
      { kinds: ["a"] },
      { kinds: ["a", "b"] },
      { stream: blind },
      { principal: blind, kinds: ["a"] },
      { tag: blind },
      { since: "2026", until: "2027", within: { from: 10, to: 800_000 } },
      { kinds: ["a"], since: "2026", within: { from: 10, to: 800_000 } },
      { tag: blind, until: "2027", within: { from: 0, to: 800_000 } },
      { tag: blind, stream: blind, principal: blind, kinds: ["a"], space: "user" },
    ];
    for (const filter of filters) {
      for (const order of ["asc", "desc"] as const) {
        const { sql, values } = pageSql({
          ...filter,
          loas: ["Guest", "Root"],
          order,
          after: 900_000,
          limit: 50,
        });
        const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
        const text = plan.map(({ detail }) => detail).join("; ");
        expect(text).not.toMatch(/TEMP B-TREE/);
        expect(text).toMatch(/SEARCH/);
        expect(text).not.toMatch(/SCAN/);
      }
    }
    database.close();
  });

  test.each([1, 63, 64, 65, 200])(
    "a store of the layout before with %i leaves keeps every node of its tree and every count",
    async (size) => {
      const folder = mkdtempSync(join(tmpdir(), "sigil-layout-"));
      const file = join(folder, "nexus.db");
      const old = new Database(file);
      migrate(old, 3);
      old.pragma("journal_mode = WAL");
      const frontier = Frontier.empty();
      const all = Array.from({ length: size }, () => frontier.append(new Uint8Array(randomBytes(32)))).flat();
      const node = old.prepare("INSERT INTO nodes (level, node_index, hash) VALUES (?, ?, ?)");
      for (const { level, index, hash } of all) node.run(level, index, hash);
      old
        .prepare("INSERT INTO checkpoint (only_row, size, root, note) VALUES (1, ?, ?, 'note')")
        .run(size, frontier.root());
      const kek =
        "INSERT INTO keks (id, wrapped, created_at, active, live, wraps) VALUES ('kek', x'00', '', 1, 7, 9)";
      old.exec(kek);
      old.close();
      const same = async (nodes: SqliteStorage["nodes"]) =>
        expect((await nodes(all)).map((hash) => hash && new Uint8Array(hash))).toEqual(
          all.map(({ hash }) => hash),
        );
      const copy = SqliteInspection.open(file);
      await same((keys) => copy.nodes(keys));
      expect(await copy.keks()).toHaveLength(1);
      expect(await copy.checkpoint()).toMatchObject({ size });
      await copy.close();
      const storage = SqliteStorage.open(file);
      await storage.upgrade();
      await same((keys) => storage.nodes(keys));
      expect(await storage.kekUses()).toMatchObject([{ live: 7, wraps: 9 }]);
      const next = frontier.append(new Uint8Array(randomBytes(32)));
      all.push(...next);
      await storage.commit(batch([leaf(size)], { nodes: next }));
      await same((keys) => storage.nodes(keys));
      expect(await storage.kekUses()).toMatchObject([{ live: 8, wraps: 10 }]);
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  );

  test("nodes are the same whatever the batches are that they came in, also as an inspection sees them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sigil-blocks-"));
    const file = join(folder, "nexus.db");
    const storage = SqliteStorage.open(file, { create: true });
    const frontier = Frontier.empty();
    const all: ReturnType<Frontier["append"]>[number][] = [];
    for (const count of [1, 62, 1, 1, 63, 64, 128, 5, 200, 3]) {
      const begin = frontier.size;
      const leaves = Array.from({ length: count }, (_, n) => leaf(begin + n));
      const nodes = leaves.flatMap(() => frontier.append(new Uint8Array(randomBytes(32))));
      all.push(...nodes);
      await storage.commit(batch(leaves, { nodes, ...(begin === 0 ? { birth } : {}) }));
      const plain = (hashes: readonly (Uint8Array | undefined)[]) =>
        hashes.map((hash) => hash && new Uint8Array(hash));
      const expected = all.map(({ hash }) => hash);
      expect(plain(await storage.nodes(all))).toEqual(expected);
      const inspection = SqliteInspection.open(file);
      expect(plain(await inspection.nodes(all))).toEqual(expected);
      for (let level = 0; 2 ** level <= frontier.size; level += 1) {
        const there = all.filter((node) => node.level === level).map(({ hash }) => hash);
        expect(plain(inspection.hashes(level, 0, there.length) ?? [])).toEqual(there);
        expect(inspection.hashes(level, 0, there.length + 1)).toBeUndefined();
      }
      await inspection.close();
    }
    await storage.close();
    rmSync(folder, { recursive: true });
  });

  test("commits are synced before they are acknowledged: WAL with synchronous=FULL", () => {
    const folder = mkdtempSync(join(tmpdir(), "sigil-pragma-"));
    const storage = SqliteStorage.open(join(folder, "nexus.db"), { create: true });
    expect(storage.durability()).toEqual({ journal: "wal", synchronous: 2 });
    return storage.close().then(() => rmSync(folder, { recursive: true }));
  });
});
