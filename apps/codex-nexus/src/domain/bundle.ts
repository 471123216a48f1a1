import {
  BUNDLE_MAX,
  type BundleEntry,
  inclusionProof,
  type KeyHint,
  LOAS,
  type Loa,
  type PinnedKey,
  type ProofBundle,
} from "@sigil/canon";
import { sha256, toBase64 } from "@sigil/crypto";
import { type BundleFrame, ProblemError } from "@sigil/wire";
import { agreementLeaves } from "./agreement.ts";
import type { CosignedCheckpoint } from "./cosign/cosigning.ts";
import type { LogHead } from "./head.ts";
import type { RootKeys } from "./keys.ts";
import type { Reader } from "./reader.ts";
import type { StoredRecord } from "./records.ts";
import { hashRef } from "./seal.ts";
import type { LeafRow, PageQuery, Storage } from "./storage.ts";
import { withNodes } from "./tree.ts";
import type { PinnedKeys } from "./verify/keys.ts";

/** Leaves that a verifier reads of one bundle. */
const MOST_LEAVES = 4096;

/** A store has a handful of rotations. */
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

/** Bytes of an entry beside its record: hashes, and a proof of at most 53 of them. */
const PROOF_BYTES = 3 * 1024;

/** A frame is given when it holds this much; it is larger by what its last record is larger. */
const FRAME_BYTES = 256 * 1024;

/**
 * Records with their inclusion proofs under one checkpoint, in log order and each once, with every rotation of a key, and with
 * what {@link agreementLeaves} says of those that others agreed to. An erased record is proved by its hash alone. In frames, no more than one of which is held: the head with what decides who may know of the records,
 * then the entries. Throws before the first `not-found`, `record-damaged`, or `export-too-large` for more than a verifier reads.
 */
export async function* bundleFrames(
  ids: readonly string[],
  loa: Loa,
  head: LogHead,
  pinned: PinnedKeys,
  ground: { storage: Storage; root: RootKeys; reader: Reader; cosigned?: CosignedCheckpoint | undefined },
): AsyncGenerator<BundleFrame> {
  const { storage, reader, cosigned } = ground;
  const indexes = new Set<number>();
  const opened: StoredRecord[] = [];
  const records: Extract<BundleFrame, { head: unknown }>["records"] = [];
  let bytes = 0;
  for (const id of new Set(ids)) {
    const row = await reader.row(id, loa);
    indexes.add(row.index);
    bytes += row.ct.length + PROOF_BYTES;
    if (bytes > BUNDLE_MAX)
      throw new ProblemError("export-too-large", `the records exceed ${BUNDLE_MAX} bytes`);
    if (row.erasedBy !== undefined) continue;
    const record = reader.open(row);
    records.push(known(record));
    if (record.signed.record.space === "system") opened.push(record);
  }
  for (const index of await agreementLeaves(opened, loa, ground)) indexes.add(index);
  // The cosigned checkpoint proves more than the newest one, wherever it covers what is asked for.
  const covers = cosigned !== undefined && [...indexes].every((index) => index < cosigned.checkpoint.size);
  const { size, note } = covers ? cosigned.checkpoint : head.checkpoint;
  // Whoever still holds an older trust file can follow the keys from here.
  for (const row of await rotations(reader, storage)) if (row.index < size) indexes.add(row.index);
  if (indexes.size > MOST_LEAVES)
    throw new ProblemError(
      "export-too-large",
      `the proof needs ${indexes.size} leaves; a bundle holds ${MOST_LEAVES}`,
    );
  yield {
    head: {
      ...{ v: 1, type: "sigil-proof-bundle", origin: head.origin, checkpoint: note },
      cosignatures: covers ? [...cosigned.lines] : [],
      keys: hints(pinned),
    },
    records,
  };
  let entries: BundleEntry[] = [];
  let held = 0;
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const row = await reader.rows(() => storage.leaf(index));
    if (row === undefined) throw new ProblemError("record-damaged", `leaf ${index} is missing`);
    const proof = await reader.rows(() => withNodes(storage, (node) => inclusionProof(index, size, node)));
    const leaf = { index, ch: hashRef(sha256(row.ct)), rh: hashRef(row.rh), proof: proof.map(toBase64) };
    entries.push(row.erasedBy !== undefined ? leaf : { ...leaf, record: reader.open(row).signed });
    held += row.ct.length + PROOF_BYTES;
    if (held < FRAME_BYTES) continue;
    yield { entries };
    entries = [];
    held = 0;
  }
  if (entries.length > 0) yield { entries };
}

function known({ signed: { record } }: StoredRecord) {
  const { id, kind, author, payload } = record;
  return { id, kind, principal: author.principal, shared: payload.visibility === "shared" };
}
