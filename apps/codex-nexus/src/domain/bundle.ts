import {
  type BundleEntry,
  inclusionProof,
  type KeyHint,
  LOAS,
  type Loa,
  type PinnedKey,
  type ProofBundle,
} from "@sigil/canon";
import { sha256, toBase64 } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import type { CosignedCheckpoint } from "./cosign/cosigning.ts";
import type { LogHead } from "./head.ts";
import type { Reader } from "./reader.ts";
import { hashRef } from "./seal.ts";
import type { LeafRow, PageQuery, Storage } from "./storage.ts";
import { withNodes } from "./tree.ts";
import type { PinnedKeys } from "./verify/keys.ts";

/** A store has a handful of rotations, and a bundle holds up to 4096 leaves. */
const ROTATIONS: PageQuery = { kinds: ["key.rotated"], loas: LOAS, order: "asc", limit: 1024 };

/** Every rotation of a key that opens: one that is damaged keeps nobody from proving other records. */
async function rotations(reader: Reader, storage: Storage): Promise<LeafRow[]> {
  const rows = await reader.rows(() => storage.page(ROTATIONS));
  return rows.filter((row) => {
    try {
      return reader.open(row) !== undefined;
    } catch (error) {
      if (error instanceof ProblemError) return false;
      throw error;
    }
  });
}

/** The keys as hints, by role. */
function hints({ log, record, sigilderg, mmf }: PinnedKeys): ProofBundle["keys"] {
  const hint = (keys: readonly PinnedKey[]): KeyHint[] => [
    ...new Map(keys.map(({ kid, publicKey }) => [kid, { kid, publicKey }])).values(),
  ];
  return { log: hint(log), record: hint(record), sigilderg: hint(sigilderg), mmf: hint(mmf) };
}

/**
 * Records with their inclusion proofs under one checkpoint, in log order and each once, and every rotation of a key. An erased record is proved by
 * its hash alone. Throws `not-found` or `record-damaged`.
 */
export async function makeBundle(
  ids: readonly string[],
  loa: Loa,
  head: LogHead,
  pinned: PinnedKeys,
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
  // Whoever still holds an older trust file can follow the keys from here.
  for (const row of await rotations(reader, storage)) if (row.index < size) rows.set(row.index, row);
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
    keys: hints(pinned),
  };
}
