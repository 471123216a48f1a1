import { z } from "zod";
import * as a from "./atoms.ts";

export const memoryKind = z.enum(["episodic", "semantic", "procedural"]);
export const visibility = z.enum(["private", "shared"]);
export const tags = z.array(a.name).max(32);

/** 64 KiB of characters: the payload of a block stays under the record limit of its kind. */
const blockText = z.string().min(1).max(49_152);

/** `POST /v1/memory`. `loa` is the least level that may read the block; absent, the caller's own. */
export const memoryWrite = z.strictObject({
  kind: memoryKind,
  text: blockText,
  tags: tags.optional(),
  visibility: visibility.default("private"),
  loa: a.loa.optional(),
});
export type MemoryWrite = z.infer<typeof memoryWrite>;

export const memoryWritten = z.strictObject({
  id: a.uuid7,
  hash: a.sha256Ref,
  index: a.index,
  decision: a.uuid7,
  replayed: z.boolean(),
});

/** A memory block as a reader sees it. */
export const memoryView = z.strictObject({
  id: a.uuid7,
  kind: memoryKind,
  text: blockText,
  tags,
  visibility,
  principal: a.name,
  loa: a.loa,
  ts: a.timestamp,
  index: a.index,
  hash: a.sha256Ref,
  module: a.name.optional(),
  run: a.uuid7.optional(),
});
export type MemoryView = z.infer<typeof memoryView>;

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().min(1).max(1024).optional(),
};

export const memoryQuery = z.strictObject({
  ...pageQuery,
  tag: a.name.optional(),
  kind: memoryKind.optional(),
});

/** `POST /v1/memory/export`: which blocks; absent, all that the caller may read. */
export const memoryExport = z.strictObject({ tag: a.name.optional(), kind: memoryKind.optional() });

/** A line of an exported file that a later write is made of; what else a block has is its reader's to know. */
export const memoryLine = z.object({
  ...memoryWrite.shape,
  id: a.uuid7.optional(),
});
export type MemoryLine = z.infer<typeof memoryLine>;

export const memoryPage = z.strictObject({
  blocks: z.array(memoryView).max(200),
  next: z.string().max(1024).nullable(),
});
