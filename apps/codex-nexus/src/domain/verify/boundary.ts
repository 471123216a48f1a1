import { leafHash } from "@sigil/canon";
import { sha256 } from "@sigil/crypto";
import { hashRef } from "../seal.ts";
import type { InspectedLeaf, Inspection } from "./inspection.ts";
import type { Prefix } from "./prefix.ts";
import { examine, type Fault, type KeyedGround } from "./record.ts";
import type { Last } from "./streams.ts";
import { provable } from "./tree.ts";

/** What a stream goes on from, and everything that is wrong with the record that it is. */
export interface Begin {
  readonly last: Last;
  readonly leaf: InspectedLeaf;
  readonly faults: readonly Fault[];
}

/**
 * The last record of a stream in a prefix, by the blind index of the stream; undefined when the prefix has none. The
 * prefix's root must hold its leaf, and the record must open: then its place and hash are what the next one has to name.
 * Of an erased one only the hash is known.
 */
export async function beginOf(
  stream: Uint8Array,
  prefix: Prefix,
  inspection: Inspection,
  keyed: KeyedGround,
): Promise<Begin | undefined> {
  const index = inspection.lastOf(stream, prefix.size);
  if (index === undefined) return undefined;
  const [leaf = { index }] = await inspection.leaves(index, 1);
  const unknown = { index, seq: undefined, hash: undefined };
  const { row, tags = [] } = leaf;
  if (row === undefined) {
    const detail = leaf.error?.message ?? "the row cannot be read, and its stream goes on after it";
    const check = leaf.error?.code === "row-malformed" ? "row-malformed" : "page";
    return { last: unknown, leaf, faults: [{ check, detail }] };
  }
  const hash = leafHash({ ch: hashRef(sha256(row.ct)), rh: hashRef(row.rh) });
  if (!(await provable(hash, index, prefix, inspection))) {
    const detail = "it is the last of its stream below the checkpoint, and cannot be proved to be in its log";
    return { last: unknown, leaf, faults: [{ check: "ciphertext-hash", detail }] };
  }
  const { signed, faults } = examine(row, tags, keyed);
  return { last: { index, seq: signed?.record.seq, hash: hashRef(row.rh) }, leaf, faults };
}
