import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

// The tables as drizzle sees them; `migrations.ts` makes them, and a test holds the two equal.

const bytes = (name: string) => blob(name, { mode: "buffer" });

/** One row per record. Bytes: rh 32, stream and principal 16, wrapped_dek 60. */
export const leaves = sqliteTable(
  "leaves",
  {
    index: integer("leaf_index").primaryKey(),
    id: text("id").notNull(),
    kind: text("kind").notNull(),
    space: text("space").notNull(),
    loa: text("loa").notNull(),
    ts: text("ts").notNull(),
    kekId: text("kek_id").notNull(),
    wrappedDek: bytes("wrapped_dek"),
    rh: bytes("rh").notNull(),
    stream: bytes("stream").notNull(),
    principal: bytes("principal").notNull(),
    // Last, so that looking at the other columns of a long row reads no overflow pages.
    ct: bytes("ct").notNull(),
  },
  (table) => [
    uniqueIndex("leaves_id").on(table.id),
    index("leaves_kind").on(table.kind, table.index),
    index("leaves_stream").on(table.stream, table.index),
    index("leaves_principal").on(table.principal, table.index),
  ],
);

/** Blind indexes of tags. */
export const leafTags = sqliteTable(
  "leaf_tags",
  { tag: bytes("tag").notNull(), index: integer("leaf_index").notNull() },
  (table) => [primaryKey({ columns: [table.tag, table.index] }), index("leaf_tags_leaf").on(table.index)],
);

/** Complete subtrees of the RFC 6962 tree over whole blocks of 64 leaves; level 0 holds the leaf hashes. */
export const nodes = sqliteTable(
  "nodes",
  {
    level: integer("level").notNull(),
    index: integer("node_index").notNull(),
    hash: bytes("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.level, table.index] })],
);

/** One row: the signed head of the log. */
export const checkpoint = sqliteTable("checkpoint", {
  only: integer("only_row").primaryKey(),
  size: integer("size").notNull(),
  root: bytes("root").notNull(),
  note: text("note").notNull(),
  /** Hashes of the leaves of the block that is being filled, 32 bytes each. */
  pending: bytes("pending").notNull().default(Buffer.alloc(0)),
});

export const keks = sqliteTable("keks", {
  id: text("id").primaryKey(),
  wrapped: bytes("wrapped").notNull(),
  createdAt: text("created_at").notNull(),
  active: integer("active", { mode: "boolean" }).notNull(),
  live: integer("live").notNull().default(0),
  wraps: integer("wraps").notNull().default(0),
  walked: integer("walked").notNull().default(0),
  /** While it is active: leaves that `live` and `wraps` include. Every later one is wrapped under it and not counted yet. */
  counted: integer("counted").notNull().default(0),
});

export const idempotency = sqliteTable("idempotency", {
  key: bytes("key").primaryKey(),
  fingerprint: bytes("fingerprint").notNull(),
  first: integer("first_leaf").notNull(),
  count: integer("leaf_count").notNull(),
  mac: bytes("mac").notNull(),
});

/** One row, written with the first record and never again. */
export const meta = sqliteTable("meta", {
  only: integer("only_row").primaryKey(),
  origin: text("origin").notNull(),
  epoch: integer("epoch").notNull(),
  keyCheck: bytes("key_check").notNull(),
  createdAt: text("created_at").notNull(),
});
