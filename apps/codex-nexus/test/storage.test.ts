import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, test } from "vitest";
import { layoutOf, MIGRATIONS, migrate } from "../src/store/migrations.ts";
import { pageSql } from "../src/store/page.ts";
import * as schema from "../src/store/schema.ts";
import { SqliteStorage } from "../src/store/sqlite.ts";
import { storageSuite } from "./support/storage-suite.ts";

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

  test("commits are synced before they are acknowledged: WAL with synchronous=FULL", () => {
    const folder = mkdtempSync(join(tmpdir(), "sigil-pragma-"));
    const storage = SqliteStorage.open(join(folder, "nexus.db"), { create: true });
    expect(storage.durability()).toEqual({ journal: "wal", synchronous: 2 });
    return storage.close().then(() => rmSync(folder, { recursive: true }));
  });
});
