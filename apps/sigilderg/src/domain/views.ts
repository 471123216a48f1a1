import type { MemoryView } from "@sigil/wire";
import type { StoredRecord } from "./store.ts";

/** A memory block as its reader sees it. */
export function memoryView({ signed: { record }, index, rh }: StoredRecord): MemoryView {
  const { type, text, tags, visibility } = record.payload as {
    type: MemoryView["kind"];
    text: string;
    tags: string[];
    visibility: MemoryView["visibility"];
  };
  const { principal, module, run } = record.author;
  return {
    id: record.id,
    kind: type,
    text,
    tags,
    visibility,
    principal,
    loa: record.loa,
    ts: record.ts,
    index,
    hash: rh,
    ...(module === undefined ? {} : { module }),
    ...(run === undefined ? {} : { run }),
  };
}
