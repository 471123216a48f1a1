import type Database from "better-sqlite3";

type Sql = Database.Database;

/** Every check that `verify` may name for a leaf. */
export type Named = readonly [leaf: number, check: string];

export interface Attack {
  readonly title: string;
  /** Changes the store at two leaves, `a` before `b`, and says what must be found, with keys and without. */
  readonly change: (ground: Ground, a: number, b: number) => { keyed: Named[]; keyless: Named[] };
}

export interface Ground {
  readonly database: Sql;
  /** A store of another installation, of the same size. */
  readonly foreign: string;
  readonly size: number;
}

const COLUMNS = "id, kind, space, loa, ts, kek_id, wrapped_dek, rh, stream, principal, ct";

function exchange(database: Sql, columns: string, a: number, b: number): void {
  const list = columns.split(", ");
  const read = database.prepare(`SELECT ${columns} FROM leaves WHERE leaf_index = ?`).raw();
  const write = database.prepare(
    `UPDATE leaves SET ${list.map((column) => `${column} = ?`).join(", ")} WHERE leaf_index = ?`,
  );
  const [ofA, ofB] = [read.get(a) as unknown[], read.get(b) as unknown[]];
  // Ids are unique: one of the rows steps aside.
  if (list.includes("id")) write.run(...ofA.map((value, at) => (list[at] === "id" ? "aside" : value)), a);
  write.run(...ofA, b);
  write.run(...ofB, a);
}

const both = (a: number, b: number, ...checks: string[]): Named[] =>
  [a, b].flatMap((leaf) => checks.map((check): Named => [leaf, check]));

export const ATTACKS: readonly Attack[] = [
  {
    title: "edit: a byte of a ciphertext",
    change: ({ database }, a) => {
      const row = database.prepare("SELECT ct FROM leaves WHERE leaf_index = ?").get(a) as { ct: Buffer };
      row.ct[20] = (row.ct[20] ?? 0) ^ 1;
      database.prepare("UPDATE leaves SET ct = ? WHERE leaf_index = ?").run(row.ct, a);
      return {
        keyed: [
          [a, "ciphertext-hash"],
          [a, "decrypt"],
        ],
        keyless: [[a, "ciphertext-hash"]],
      };
    },
  },
  {
    title: "edit: the level that a record may be read at",
    change: ({ database }, a) => {
      database.prepare("UPDATE leaves SET loa = 'Guest' WHERE leaf_index = ?").run(a);
      return { keyed: [[a, "column-mismatch"]], keyless: [] };
    },
  },
  {
    title: "delete",
    change: ({ database }, a) => {
      database.prepare("DELETE FROM leaves WHERE leaf_index = ?").run(a);
      database.prepare("DELETE FROM leaf_tags WHERE leaf_index = ?").run(a);
      return { keyed: [[a, "leaf-missing"]], keyless: [[a, "leaf-missing"]] };
    },
  },
  {
    title: "duplicate: a row again at the end, under another id",
    change: ({ database, size }, a) => {
      const rest = COLUMNS.slice("id, ".length);
      database
        .prepare(
          `INSERT INTO leaves (leaf_index, id, ${rest}) SELECT ?, 'again', ${rest} FROM leaves WHERE leaf_index = ?`,
        )
        .run(size, a);
      return { keyed: [[size, "leaf-extra"]], keyless: [[size, "leaf-extra"]] };
    },
  },
  {
    title: "duplicate: one row written over another",
    change: ({ database }, a, b) => {
      const list = COLUMNS.split(", ").filter((column) => column !== "id");
      const from = list.map((column) => `${column} = (SELECT ${column} FROM leaves WHERE leaf_index = @a)`);
      database.prepare(`UPDATE leaves SET ${from.join(", ")} WHERE leaf_index = @b`).run({ a, b });
      return {
        keyed: [
          [b, "ciphertext-hash"],
          [b, "wrapped-dek"],
        ],
        keyless: [[b, "ciphertext-hash"]],
      };
    },
  },
  {
    title: "reorder: two whole rows in each other's place",
    change: ({ database }, a, b) => {
      exchange(database, COLUMNS, a, b);
      // Tags go with their record, as a careful hand would take them.
      const move = database.prepare("UPDATE leaf_tags SET leaf_index = ? WHERE leaf_index = ?");
      for (const [to, from] of [
        [-1, a],
        [a, b],
        [b, -1],
      ])
        move.run(to, from);
      return { keyed: both(a, b, "ciphertext-hash"), keyless: both(a, b, "ciphertext-hash") };
    },
  },
  {
    title: "re-insert: a row of another store in the place of one",
    change: ({ database, foreign }, a) => {
      database.prepare("ATTACH ? AS foreign_store").run(foreign);
      const list = COLUMNS.split(", ");
      const from = list.map(
        (column) => `${column} = (SELECT ${column} FROM foreign_store.leaves WHERE leaf_index = @a)`,
      );
      database.prepare(`UPDATE leaves SET ${from.join(", ")} WHERE leaf_index = @a`).run({ a });
      return {
        keyed: [
          [a, "ciphertext-hash"],
          [a, "kek-unknown"],
        ],
        keyless: [[a, "ciphertext-hash"]],
      };
    },
  },
  {
    title: "swap: two ciphertexts",
    change: ({ database }, a, b) => {
      exchange(database, "ct", a, b);
      return { keyed: both(a, b, "ciphertext-hash", "decrypt"), keyless: both(a, b, "ciphertext-hash") };
    },
  },
  {
    title: "replace: a wrapped key by another record's",
    change: ({ database }, a, b) => {
      database
        .prepare(
          "UPDATE leaves SET wrapped_dek = (SELECT wrapped_dek FROM leaves WHERE leaf_index = ?) WHERE leaf_index = ?",
        )
        .run(b, a);
      return { keyed: [[a, "wrapped-dek"]], keyless: [] };
    },
  },
  {
    title: "point an idempotency key at another record",
    change: ({ database }, a, b) => {
      database.prepare("UPDATE idempotency SET first_leaf = ? WHERE first_leaf = ?").run(b, a);
      return { keyed: [[a, "idempotency"]], keyless: [] };
    },
  },
];
