// Every way to change a store behind its back, and what `verify` says about it.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSeed, signingKey } from "@sigil/crypto";
import Database from "better-sqlite3";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entry, memory, outcome, tagged } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, opened } from "./support/store.ts";
import { verified as verifiedOnce } from "./support/verify.ts";

const home = temporaryHome();
let genesis = "";
let ids: string[] = [];
/** An earlier state of the same store, as a backup would keep it. */
const earlier = join(home.folder, "earlier");
let earlierAnchor = "";

beforeAll(async () => {
  genesis = await bootstrapped(home, [entry("unwrap", "Do not unwrap outside tests.")]);
  let store = await opened(home);
  const drafts = Array.from({ length: 12 }, (_, n) => tagged(`note ${n}`, [`tag-${n}`, "all"]));
  for (const draft of drafts) {
    await store.nexus.append({
      records: [draft],
      idempotency: { principal: "alice", key: draft.id },
    });
  }
  await store.close();
  mkdirSync(earlier);
  copyFileSync(join(home.data, "nexus.db"), join(earlier, "nexus.db"));
  earlierAnchor = readFileSync(home.anchor, "utf8");
  store = await opened(home);
  const bob = memory("bob's", { stream: "memory/bob", author: { principal: "bob", loa: "Operator" } });
  await store.nexus.append({ records: [bob, outcome(uuidv7(), home.keys.sigilderg.service)] });
  await store.close();
  ids = drafts.map(({ id }) => id);
});
afterAll(() => home.remove());

/** The report, which is the same whether sound ranges are decided about as a whole or each row is looked at by itself. */
async function verified(...[of, folder, options]: Parameters<typeof verifiedOnce>) {
  const report = await verifiedOnce(of, folder, options);
  expect(await verifiedOnce(of, folder, { ...options, threads: "none" })).toEqual(report);
  return report;
}

type Sql = Database.Database;
let copies = 0;

/** A copy of the store, changed with SQL. */
function changed(change: (database: Sql) => void, from = home.data): string {
  copies += 1;
  const folder = join(home.folder, `copy-${copies}`);
  mkdirSync(folder);
  copyFileSync(join(from, "nexus.db"), join(folder, "nexus.db"));
  const database = new Database(join(folder, "nexus.db"));
  change(database);
  database.close();
  return folder;
}

/** Blanks a leaf hash of the first block, which the checkpoint's row holds until it is full. */
function blankLeafHash(database: Sql, index: number): void {
  const pending = database.prepare("SELECT pending FROM checkpoint").pluck().get() as Buffer;
  database.prepare("UPDATE checkpoint SET pending = ?").run(pending.fill(0, index * 32, (index + 1) * 32));
}

const at = (n: number) => ids[n] as string;

function flip(database: Sql, column: string, id: string, byte: number): void {
  const row = database.prepare(`SELECT ${column} AS bytes FROM leaves WHERE id = ?`).get(id) as {
    bytes: Buffer;
  };
  row.bytes[byte] = (row.bytes[byte] ?? 0) ^ 1;
  database.prepare(`UPDATE leaves SET ${column} = ? WHERE id = ?`).run(row.bytes, id);
}

/** Edits the idempotency row of the request that wrote `id`. */
function pointKey(database: Sql, id: string, set: string): void {
  database
    .prepare(`UPDATE idempotency SET ${set} WHERE first_leaf = (SELECT leaf_index FROM leaves WHERE id = ?)`)
    .run(id);
}

function exchange(database: Sql, columns: string[], a: string, b: string): void {
  const read = database.prepare(`SELECT ${columns.join(", ")} FROM leaves WHERE id = ?`).raw();
  const write = database.prepare(
    `UPDATE leaves SET ${columns.map((c) => `${c} = ?`).join(", ")} WHERE id = ?`,
  );
  const [ofA, ofB] = [read.get(a) as unknown[], read.get(b) as unknown[]];
  write.run(...ofB, a);
  write.run(...ofA, b);
}

describe("an untouched store", () => {
  test("is clean with keys and without", async () => {
    const folder = changed(() => {});
    const keyed = await verified(home, folder, { genesis });
    expect(keyed).toMatchObject({ ok: true, keyed: true, records: 16, size: 16, findings: [] });
    expect(await verified(home, folder, { keyless: true, genesis })).toEqual({ ...keyed, keyed: false });
  });

  test("is clean while it is open for writing, whatever lands meanwhile", async () => {
    const own = temporaryHome();
    await bootstrapped(own);
    const store = await opened(own);
    const writing = Array.from({ length: 40 }, (_, n) =>
      store.nexus.append({ records: [memory(`live ${n}`)] }),
    );
    expect((await verifiedOnce(own, own.data)).findings).toEqual([]);
    await Promise.all(writing);
    expect(await verified(own, own.data)).toMatchObject({ ok: true, records: 41 });
    await store.close();
    own.remove();
  });
});

interface Attack {
  title: string;
  change: (database: Sql) => void;
  /** Checks that must be found, by the number of the damaged note; nothing else may be named. */
  finds: [note: number, check: string][];
  /** Notes that an audit without keys names. */
  keyless: [note: number, check: string][];
}

const ATTACKS: Attack[] = [
  {
    title: "a flipped byte of a ciphertext",
    change: (db) => flip(db, "ct", at(3), 40),
    finds: [
      [3, "ciphertext-hash"],
      [3, "decrypt"],
    ],
    keyless: [[3, "ciphertext-hash"]],
  },
  {
    title: "two ciphertexts exchanged",
    change: (db) => exchange(db, ["ct"], at(2), at(9)),
    finds: [
      [2, "ciphertext-hash"],
      [2, "decrypt"],
      [9, "ciphertext-hash"],
      [9, "decrypt"],
    ],
    keyless: [
      [2, "ciphertext-hash"],
      [9, "ciphertext-hash"],
    ],
  },
  {
    title: "two whole rows exchanged but for their place",
    change: (db) => exchange(db, ["ct", "rh", "wrapped_dek"], at(2), at(9)),
    finds: [
      [2, "ciphertext-hash"],
      [2, "wrapped-dek"],
      [9, "ciphertext-hash"],
      [9, "wrapped-dek"],
    ],
    keyless: [
      [2, "ciphertext-hash"],
      [9, "ciphertext-hash"],
    ],
  },
  {
    title: "a wrapped key replaced by another record's",
    change: (db) => exchange(db, ["wrapped_dek"], at(5), at(6)),
    finds: [
      [5, "wrapped-dek"],
      [6, "wrapped-dek"],
    ],
    keyless: [],
  },
  {
    title: "a wrapped key destroyed without a receipt",
    change: (db) => db.prepare("UPDATE leaves SET wrapped_dek = NULL WHERE id = ?").run(at(5)),
    finds: [[5, "erased-without-receipt"]],
    keyless: [[5, "erased-without-receipt"]],
  },
  {
    title: "a wrapped key replaced by the mark of an erasure that never was",
    change: (db) => {
      const mark = Buffer.alloc(60);
      mark.writeBigUInt64BE(6n, 52);
      db.prepare("UPDATE leaves SET wrapped_dek = ?, principal = zeroblob(16) WHERE id = ?").run(mark, at(5));
      db.prepare("DELETE FROM leaf_tags WHERE leaf_index = 7").run();
    },
    finds: [[5, "erased-without-receipt"]],
    keyless: [[5, "erased-without-receipt"]],
  },
  ...(["kind", "space", "loa", "ts"] as const).map((column): Attack => {
    const values = { kind: "canon.entry", space: "system", loa: "Guest", ts: "2026-01-01T00:00:00.000Z" };
    return {
      title: `the clear column ${column} edited`,
      change: (db) => db.prepare(`UPDATE leaves SET ${column} = ? WHERE id = ?`).run(values[column], at(4)),
      finds: [[4, "column-mismatch"]],
      keyless: [],
    };
  }),
  {
    title: "a record hash edited",
    change: (db) => flip(db, "rh", at(7), 0),
    finds: [[7, "record-hash"]],
    keyless: [[7, "ciphertext-hash"]],
  },
  {
    title: "the KEK id edited",
    change: (db) => db.prepare("UPDATE leaves SET kek_id = 'another' WHERE id = ?").run(at(1)),
    finds: [[1, "kek-unknown"]],
    keyless: [],
  },
  {
    title: "a blind index of the stream edited",
    change: (db) => flip(db, "stream", at(8), 0),
    finds: [[8, "blind-index"]],
    keyless: [],
  },
  {
    title: "a tag taken away",
    change: (db) =>
      db
        .prepare("DELETE FROM leaf_tags WHERE leaf_index = (SELECT leaf_index FROM leaves WHERE id = ?)")
        .run(at(8)),
    finds: [[8, "blind-index"]],
    keyless: [],
  },
  {
    title: "an idempotency key pointed at another record",
    change: (db) => pointKey(db, at(3), "first_leaf = first_leaf + 4"),
    finds: [[3, "idempotency"]],
    keyless: [],
  },
];

describe("tampering is named", () => {
  test.each(ATTACKS)("$title", async ({ change, finds, keyless }) => {
    const folder = changed(change);
    const named = (list: [number, string][]) =>
      list.map(([note, check]) => ({ id: at(note), check })).sort(byText);
    const found = async (options: { keyless: boolean }) => {
      const { ok, findings } = await verified(home, folder, { ...options, genesis });
      expect(ok).toBe(findings.length === 0);
      return findings.map(({ id, check }) => ({ id, check })).sort(byText);
    };
    expect(await found({ keyless: false })).toEqual(named(finds));
    expect(await found({ keyless: true })).toEqual(named(keyless));
  });

  test("an idempotency row of other content, or for more records: the row, by its key", async () => {
    for (const set of ["fingerprint = zeroblob(32)", "leaf_count = 2", "mac = x'00'"]) {
      const folder = changed((db) => pointKey(db, at(3), set));
      const { findings } = await verified(home, folder);
      expect(findings).toMatchObject([{ check: "idempotency" }]);
      expect(findings[0]?.detail).toMatch(/row of key [0-9a-f]{16}…/);
    }
  });

  test("the table of idempotency keys taken away", async () => {
    const folder = changed((db) => db.exec("DROP TABLE idempotency"));
    expect((await verified(home, folder)).findings).toMatchObject([{ index: null, check: "idempotency" }]);
  });

  test("a row that a scan meets and its index does not find", async () => {
    const folder = changed(() => {});
    const file = join(folder, "nexus.db");
    const database = new Database(file, { readonly: true });
    const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'leaves'").pluck().get();
    database.close();
    const bytes = readFileSync(file);
    const page = bytes.subarray(((root as number) - 1) * 4096, (root as number) * 4096);
    expect(page[0]).toBe(5);
    // The first cell of an inner page: four bytes of child, then the greatest key under it, one byte here.
    const key = page.readUInt16BE(12) + 4;
    const hidden = page[key] as number;
    page[key] = hidden - 1;
    writeFileSync(file, bytes);
    const { findings } = await verified(home, folder);
    expect(findings).toContainEqual(
      expect.objectContaining({ index: hidden, check: "page", id: expect.any(String) }),
    );
  });

  test("a deleted row: its leaf, and its hash from the next record of its stream", async () => {
    const folder = changed((db) => {
      db.prepare("DELETE FROM leaves WHERE id = ?").run(at(5));
    });
    const { findings } = await verified(home, folder);
    const [missing, ...rest] = findings.filter(({ check }) => check !== "page");
    expect(rest).toEqual([]);
    expect(missing).toMatchObject({ index: 7, check: "leaf-missing" });
    expect(missing?.detail).toMatch(/record sha256:[0-9a-f]{64} of stream memory\/alice/);
  });

  test("the tail cut off: every leaf that is gone", async () => {
    const folder = changed((db) => {
      db.exec("DELETE FROM leaves WHERE leaf_index >= 13; DELETE FROM leaf_tags WHERE leaf_index >= 13");
    });
    for (const keyless of [false, true]) {
      const { findings } = await verified(home, folder, { keyless });
      expect(findings.map(({ index, check }) => ({ index, check }))).toEqual([
        { index: 13, check: "leaf-missing" },
        { index: 14, check: "leaf-missing" },
        { index: 15, check: "leaf-missing" },
      ]);
    }
  });

  test("the tail cut off together with an older signed checkpoint: the anchor remembers", async () => {
    const old = new Database(join(earlier, "nexus.db"), { readonly: true });
    const head = old.prepare("SELECT size, root, note FROM checkpoint").get() as {
      size: number;
      root: Buffer;
    };
    old.close();
    const folder = changed((db) => {
      db.prepare("UPDATE checkpoint SET size = @size, root = @root, note = @note").run(head);
      db.prepare("DELETE FROM leaves WHERE leaf_index >= ?").run(head.size);
      db.prepare("DELETE FROM leaf_tags WHERE leaf_index >= ?").run(head.size);
    });
    const { findings } = await verified(home, folder);
    expect(findings).toMatchObject([{ index: null, check: "anchor" }]);
    expect(findings[0]?.detail).toMatch(/rollback-detected/);
  });

  test("a record of an older copy put back under another id", async () => {
    const folder = changed((db) => {
      db.prepare("ATTACH ? AS old").run(join(earlier, "nexus.db"));
      const id = uuidv7();
      db.prepare(
        `INSERT INTO leaves SELECT 16, ?, kind, space, loa, ts, kek_id, wrapped_dek, rh, stream, principal, ct
         FROM old.leaves WHERE id = ?`,
      ).run(id, at(1));
    });
    const { findings } = await verified(home, folder);
    expect(findings).toMatchObject([{ index: 16, check: "leaf-extra" }]);
  });

  test("an edited leaf hash in the tree, not its record", async () => {
    const folder = changed((db) => {
      blankLeafHash(db, 6);
    });
    const { findings } = await verified(home, folder);
    expect(findings).toMatchObject([{ index: 6, check: "tree" }]);
  });

  test("an edited inner node, by the leaves that it covers", async () => {
    const long = temporaryHome();
    await bootstrapped(long);
    const store = await opened(long);
    await store.nexus.append({ records: Array.from({ length: 64 }, (_, n) => memory(`note ${n}`)) });
    await store.close();
    const folder = changed((db) => {
      db.exec("UPDATE nodes SET hash = zeroblob(32) WHERE level = 2 AND node_index = 1");
    }, long.data);
    const { findings } = await verified(long, folder);
    long.remove();
    expect(findings).toMatchObject([{ index: null, check: "tree" }]);
    expect(findings[0]?.detail).toMatch(/node 2\/1 over leaves 4 to 7/);
  });

  test("a damaged record and a damaged leaf hash elsewhere, each for what it is", async () => {
    const folder = changed((db) => {
      flip(db, "ct", at(3), 40);
      blankLeafHash(db, 9);
    });
    const { findings } = await verified(home, folder, { keyless: true });
    expect(findings).toMatchObject([
      { id: at(3), check: "ciphertext-hash" },
      { index: 9, check: "tree" },
    ]);
  });

  test("an edited checkpoint: signature, and columns that differ from the note", async () => {
    const note = changed((db) => db.exec("UPDATE checkpoint SET note = replace(note, '16', '17')"));
    expect((await verified(home, note)).findings).toMatchObject([{ check: "checkpoint" }]);
    const columns = changed((db) => db.exec("UPDATE checkpoint SET size = 15"));
    expect((await verified(home, columns)).findings).toMatchObject([{ check: "checkpoint" }]);
  });

  test("a KEK replaced: records are still held against the tree", async () => {
    const folder = changed((db) => {
      db.exec("UPDATE keks SET wrapped = zeroblob(60)");
      flip(db, "ct", at(3), 40);
    });
    const { findings } = await verified(home, folder);
    expect(findings).toMatchObject([{ check: "kek" }, { id: at(3), check: "ciphertext-hash" }]);
  });

  test("an anchor taken away, and an anchor of another log", async () => {
    const folder = changed(() => {});
    const missing = await verified(home, folder, { anchor: "" });
    expect(missing.findings).toMatchObject([{ check: "anchor" }]);
    const foreign = await verified(home, folder, {
      anchor: earlierAnchor.replace("sigil.local", "sigil.other"),
    });
    expect(foreign.findings).toMatchObject([{ check: "anchor" }]);
    expect((await verified(home, folder, { anchor: null })).findings).toEqual([]);
  });

  test("a genesis that the trust file does not pin", async () => {
    const { findings } = await verified(home, home.data, { genesis: `sha256:${"0".repeat(64)}` });
    expect(findings).toMatchObject([{ index: 0, check: "genesis" }]);
  });
});

describe("a store that lies with its own keys", () => {
  test("an outcome that SigilDERG did not sign is named", async () => {
    const own = temporaryHome();
    await bootstrapped(own);
    const store = await opened(own);
    const forged = outcome(uuidv7(), signingKey(generateSeed()));
    await store.nexus.append({ records: [forged] });
    await store.close();
    expect((await verified(own, own.data)).findings).toMatchObject([
      { id: forged.id, check: "authored-signature" },
    ]);
    own.remove();
  });
});

describe("a damaged file", () => {
  test("a page of zeros: the records on it are named and the others still checked", async () => {
    const folder = changed(() => {});
    const file = join(folder, "nexus.db");
    const database = new Database(file, { readonly: true });
    const pages = database
      .prepare("SELECT pageno FROM dbstat WHERE name = 'leaves' AND pagetype = 'leaf' ORDER BY path")
      .pluck()
      .all() as number[];
    database.close();
    const bytes = readFileSync(file);
    const page = pages[Math.floor(pages.length / 2)] as number;
    const onPage = ids.filter((id) => bytes.subarray((page - 1) * 4096, page * 4096).includes(id));
    expect(onPage.length).toBeGreaterThan(0);
    bytes.fill(0, (page - 1) * 4096, page * 4096);
    writeFileSync(file, bytes);
    const { ok, findings, records } = await verified(home, folder);
    expect(ok).toBe(false);
    expect(new Set(findings.flatMap(({ id }) => id ?? []))).toEqual(new Set(onPage));
    expect(findings.some(({ check, index }) => check === "page" && index === null)).toBe(true);
    expect(records).toBe(16 - onPage.length);
  });

  test("a first page that is no database's is a finding, not a crash", async () => {
    const folder = changed(() => {});
    const bytes = readFileSync(join(folder, "nexus.db"));
    bytes.fill(0x55, 0, 100);
    writeFileSync(join(folder, "nexus.db"), bytes);
    const report = await verified(home, folder);
    expect(report).toMatchObject({ ok: false, records: 0, findings: [{ index: null, check: "page" }] });
  });

  test("a flipped byte in any page of the file is harmless or found", async () => {
    const original = readFileSync(join(home.data, "nexus.db"));
    const folder = changed(() => {});
    const clean = await verified(home, folder);
    let found = 0;
    for (let page = 0; page < original.length / 4096; page += 1) {
      const bytes = Buffer.from(original);
      const offset = page * 4096 + 4000;
      bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
      writeFileSync(join(folder, "nexus.db"), bytes);
      const report = await verified(home, folder);
      if (!report.ok) found += 1;
      // Harmless means exactly that: every record was read and none of them differs.
      expect(report.ok ? report : clean).toEqual(clean);
    }
    expect(found).toBeGreaterThan(0);
  });
});

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
