import type { Secret } from "@sigil/crypto";
import { KekRing } from "../kek.ts";
import { requireRoot } from "../opening.ts";
import type { StoreMeta } from "../storage.ts";
import type { Inspection } from "./inspection.ts";
import { keysAt, type PinnedKeys } from "./keys.ts";
import type { RangeVerdict, SharedHashes, Span } from "./ranges.ts";
import type { KeyedGround } from "./record.ts";

/** What a thread needs to examine ranges; it opens its own view of the file. */
export interface RangeWork {
  readonly file: string;
  readonly origin: string;
  readonly pinned: PinnedKeys;
  /** The root key's bytes, for a verification with keys; the thread wipes them. */
  readonly root: Uint8Array | undefined;
  readonly span: Span;
  readonly shared: SharedHashes;
  /** One number: the next range that nobody has taken. */
  readonly next: Int32Array;
}

/** What a thread says of each range that it took. */
export interface RangeAnswer {
  readonly range: number;
  readonly verdict: RangeVerdict;
}

/** Takes the next range that no thread has taken; undefined when all are. */
export function takeRange(next: Int32Array, end: number): number | undefined {
  const range = Atomics.add(next, 0, 1);
  return range < end ? range : undefined;
}

/** What a verification with keys holds. Throws a StoreError when the KEKs do not open under the root. */
export async function openGround(
  root: Secret,
  { meta, origin, pinned }: { meta: StoreMeta; origin: string; pinned: PinnedKeys },
  inspection: Pick<Inspection, "keks">,
): Promise<KeyedGround> {
  const keys = requireRoot(root, meta, origin);
  const ring = new KekRing(keys, await inspection.keks());
  const authorKeys = { sigilderg: keysAt(pinned.sigilderg), mmf: keysAt(pinned.mmf) };
  return { root: keys, ring, recordKeys: keysAt(pinned.record), pinned, authorKeys };
}
