import type { CanonRecord, Kind } from "@sigil/canon";
import type { RootKeys } from "./keys.ts";

/** Kinds whose payload has tags that are looked up. */
const TAGGED: ReadonlySet<Kind> = new Set<Kind>(["memory.block", "canon.entry"]);

/** The tags of a record that are indexed, without repeats. */
export function tagsOf(record: CanonRecord): string[] {
  const { tags } = record.payload;
  if (!TAGGED.has(record.kind) || !Array.isArray(tags)) return [];
  return [...new Set(tags.filter((tag) => typeof tag === "string"))];
}

/** The blind columns of a record. */
export function blindColumns(record: CanonRecord, root: RootKeys) {
  return {
    stream: root.blind("stream", record.stream),
    principal: root.blind("principal", record.author.principal),
    tags: tagsOf(record).map((tag) => root.blind("tag", tag)),
  };
}

/** The columns that stand in clear, in the order in which they are bound as associated data. */
export const CLEAR_COLUMNS = ["id", "kind", "space", "loa", "ts"] as const;
export type ClearColumn = (typeof CLEAR_COLUMNS)[number];
