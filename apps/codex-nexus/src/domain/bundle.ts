import { type BundleEntry, inclusionProof, type KeyHint, type Loa, type ProofBundle } from "@sigil/canon";
import { sha256, toBase64 } from "@sigil/crypto";
import type { CosignedCheckpoint } from "./cosign/cosigning.ts";
import type { LogHead } from "./head.ts";
import type { Reader } from "./reader.ts";
import { hashRef } from "./seal.ts";
import type { LeafRow, Storage } from "./storage.ts";
import { withNodes } from "./tree.ts";

/** The keys that a bundle hints at, by role. */
export type BundleKeys = Readonly<Record<keyof ProofBundle["keys"], readonly KeyHint[]>>;

/**
 * Records with their inclusion proofs under one checkpoint, in log order and each once. An erased record is proved by
 * its hash alone. Throws `not-found` or `record-damaged`.
 */
export async function makeBundle(
  ids: readonly string[],
  loa: Loa,
  head: LogHead,
  keys: BundleKeys,
  {
    storage,
    reader,
    cosigned,
  }: { storage: Storage; reader: Reader; cosigned?: CosignedCheckpoint | undefined },
): Promise<ProofBundle> {
  const rows = new Map<number, LeafRow>();
  for (const id of ids) {
    const row = await reader.row(id, loa);
    rows.set(row.index, row);
  }
  const entries: BundleEntry[] = [];
  // The cosigned checkpoint proves more than the newest one, wherever it covers what is asked for.
  const covers =
    cosigned !== undefined && [...rows.keys()].every((index) => index < cosigned.checkpoint.size);
  const { size, note } = covers ? cosigned.checkpoint : head.checkpoint;
  for (const index of [...rows.keys()].sort((a, b) => a - b)) {
    const row = rows.get(index) as LeafRow;
    const proof = await reader.rows(() => withNodes(storage, (node) => inclusionProof(index, size, node)));
    const leaf = { index, ch: hashRef(sha256(row.ct)), rh: hashRef(row.rh), proof: proof.map(toBase64) };
    entries.push(row.erasedBy !== undefined ? leaf : { ...leaf, record: reader.open(row).signed });
  }
  return {
    v: 1,
    type: "sigil-proof-bundle",
    origin: head.origin,
    checkpoint: note,
    cosignatures: covers ? [...cosigned.lines] : [],
    entries,
    keys,
  };
}
