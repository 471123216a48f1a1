import { inclusionProof, nodeHash, verifyInclusion } from "@sigil/canon";
import { equalBytes } from "@sigil/crypto";
import type { StoredCheckpoint } from "../storage.ts";
import { withNodes } from "../tree.ts";
import { Hashes } from "./hashes.ts";
import type { Inspection } from "./inspection.ts";
import type { Finding } from "./report.ts";

/** A leaf where row and stored leaf hash disagree, or one of them is not there. */
export interface Suspect {
  readonly index: number;
  readonly fromRow: Uint8Array | undefined;
  readonly fromNode: Uint8Array | undefined;
}

/** Which side of each suspect the signed root speaks for. */
export type Verdict = "row-damaged" | "node-damaged" | "undecided";

const CHUNK = 1024;
const BLANK = new Uint8Array(32);
type Head = Pick<StoredCheckpoint, "size" | "root">;

/** The levels above `leaves`, complete subtrees only, and the root of all; `edge` is the root of what follows them. */
function build(leaves: Hashes, edge?: Uint8Array): { levels: Hashes[]; root: Uint8Array | undefined } {
  const levels: Hashes[] = [];
  for (let below = leaves; below.length > 0; ) {
    const pairs = Math.floor(below.length / 2);
    if (below.length % 2 === 1) {
      const last = below.at(below.length - 1);
      edge = edge === undefined ? last : nodeHash(last, edge);
    }
    const level = new Hashes(pairs);
    for (let at = 0; at < pairs; at += 1) level.set(at, nodeHash(below.at(2 * at), below.at(2 * at + 1)));
    if (pairs > 0) levels.push(level);
    below = level;
  }
  return { levels, root: edge };
}

/**
 * Decides for every suspect whether the row or the stored hash is false, by what the signed root commits to. `leaves`
 * holds the rows' own hashes and is corrected to the true ones.
 */
export async function judge(
  leaves: Hashes,
  suspects: readonly Suspect[],
  head: Head,
  inspection: Inspection,
): Promise<Map<number, Verdict>> {
  const settle = (side: "fromRow" | "fromNode") => {
    for (const suspect of suspects) leaves.set(suspect.index, suspect[side] ?? suspect.fromNode ?? BLANK);
    const { root } = build(leaves);
    return root !== undefined && equalBytes(root, head.root);
  };
  const all = (verdict: Verdict) => new Map(suspects.map(({ index }) => [index, verdict]));
  if (suspects.length === 0) return new Map();
  if (suspects.every(({ fromRow }) => fromRow !== undefined) && settle("fromRow")) return all("node-damaged");
  if (settle("fromNode")) return all("row-damaged");
  // Both sides are damaged somewhere: each suspect by its own path through the stored nodes.
  const verdicts = new Map<number, Verdict>();
  for (const suspect of suspects) {
    const nodeHolds = await provable(suspect.fromNode, suspect.index, head, inspection);
    const rowHolds = !nodeHolds && (await provable(suspect.fromRow, suspect.index, head, inspection));
    leaves.set(suspect.index, (rowHolds ? suspect.fromRow : suspect.fromNode) ?? BLANK);
    verdicts.set(suspect.index, nodeHolds ? "row-damaged" : rowHolds ? "node-damaged" : "undecided");
  }
  return verdicts;
}

async function provable(
  leafHash: Uint8Array | undefined,
  index: number,
  { size, root }: Head,
  inspection: Inspection,
): Promise<boolean> {
  if (leafHash === undefined || index >= size) return false;
  try {
    const proof = await withNodes(inspection, (node) => inclusionProof(index, size, node));
    verifyInclusion({ leafHash, index, size, proof, root });
    return true;
  } catch {
    // The question is whether it can be proved; any failure is a no.
    return false;
  }
}

/** What of a tree is known to be what the store holds: every subtree of 2^`level` leaves, and the root of what follows them. */
export interface Ground {
  readonly level: number;
  readonly subtrees: Hashes;
  readonly edge?: Uint8Array | undefined;
}

/** The root of a list of leaves; undefined for none. */
export function rootOf(leaves: Hashes): Uint8Array | undefined {
  return build(leaves).root;
}

/** Holds the stored nodes above the ground and the signed root against the tree of the true leaves. */
export async function checkNodes(ground: Ground, head: Head, inspection: Inspection): Promise<Finding[]> {
  const { levels, root } = build(ground.subtrees, ground.edge);
  const findings: Finding[] = [];
  if (root === undefined || !equalBytes(root, head.root)) {
    findings.push({
      index: null,
      check: "tree",
      detail: `the ${head.size} leaves do not give the root that the checkpoint signs`,
    });
  }
  for (const [at, hashes] of levels.entries()) {
    const level = ground.level + at + 1;
    for (let from = 0; from < hashes.length; from += CHUNK) {
      const count = Math.min(CHUNK, hashes.length - from);
      const keys = Array.from({ length: count }, (_, n) => ({ level, index: from + n }));
      const stored = await inspection.nodes(keys);
      for (const [n, hash] of stored.entries()) {
        if (hash !== undefined && equalBytes(hash, hashes.at(from + n))) continue;
        const first = (from + n) * 2 ** level;
        const what = hash === undefined ? "is missing" : "is not the hash of its two children";
        const detail = `node ${level}/${from + n} over leaves ${first} to ${first + 2 ** level - 1} ${what}`;
        findings.push({ index: null, check: "tree", detail });
      }
    }
  }
  return findings;
}
