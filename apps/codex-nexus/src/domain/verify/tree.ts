import { inclusionProof, nodeHash, verifyInclusion } from "@sigil/canon";
import { equalBytes } from "@sigil/crypto";
import type { StoredCheckpoint } from "../storage.ts";
import { withNodes } from "../tree.ts";
import { Hashes } from "./hashes.ts";
import type { Inspection } from "./inspection.ts";
import { type Prefix, WHOLE } from "./prefix.ts";
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

/** A level of a tree: the hashes from `first` on, by their index. */
interface Level {
  readonly level: number;
  readonly first: number;
  readonly hashes: Hashes;
}

/** The levels above a ground of `size` leaves, complete subtrees only, and the root of all. */
function build(
  { level, subtrees, edge }: Ground,
  size: number,
  prefix: Prefix,
): { levels: Level[]; root: Uint8Array | undefined } {
  const levels: Level[] = [];
  let root = edge;
  let below = subtrees;
  for (let at = level; 2 ** at <= size; at += 1) {
    const total = Math.floor(size / 2 ** at);
    const pairs = Math.floor(total / 2);
    const first = Math.floor(prefix.size / 2 ** (at + 1));
    // What the prefix has on this level is the left sibling of the first node that was computed.
    const left = prefix.subtrees.get(at);
    if (left !== undefined) below.set(2 * first, left);
    if (total % 2 === 1) {
      const last = below.at(total - 1);
      root = root === undefined ? last : nodeHash(last, root);
    }
    const hashes = new Hashes(pairs);
    for (let n = first; n < pairs; n += 1) hashes.set(n, nodeHash(below.at(2 * n), below.at(2 * n + 1)));
    if (first < pairs) levels.push({ level: at + 1, first, hashes });
    below = hashes;
  }
  return { levels, root };
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
  prefix: Prefix,
): Promise<Map<number, Verdict>> {
  const settle = (side: "fromRow" | "fromNode") => {
    for (const suspect of suspects) leaves.set(suspect.index, suspect[side] ?? suspect.fromNode ?? BLANK);
    const root = rootOf({ level: 0, subtrees: leaves }, head.size, prefix);
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
  // A path may lead through what a false leaf hash gave. Where all that was decided gives the root, the rest is as stored.
  const root = rootOf({ level: 0, subtrees: leaves }, head.size, prefix);
  if (root === undefined || !equalBytes(root, head.root)) return verdicts;
  for (const [index, verdict] of verdicts) if (verdict === "undecided") verdicts.set(index, "row-damaged");
  return verdicts;
}

/** Whether the store's own nodes prove that a leaf is in the tree that a root is of. */
export async function provable(
  leafHash: Uint8Array | undefined,
  index: number,
  { size, root }: Head,
  inspection: Pick<Inspection, "nodes">,
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

/** The root of a tree of `size` leaves over a ground; undefined without leaves. */
export function rootOf(ground: Ground, size: number, prefix: Prefix = WHOLE): Uint8Array | undefined {
  return build(ground, size, prefix).root;
}

/**
 * Holds the stored nodes above the ground and the signed root against the tree of the true leaves. Nodes over leaves of the
 * prefix alone are left out.
 */
export async function checkNodes(
  ground: Ground,
  head: Head,
  inspection: Inspection,
  prefix: Prefix,
): Promise<Finding[]> {
  const { levels, root } = build(ground, head.size, prefix);
  const findings: Finding[] = [];
  if (root === undefined || !equalBytes(root, head.root)) {
    findings.push({
      index: null,
      check: "tree",
      detail: `the ${head.size} leaves do not give the root that the checkpoint signs`,
    });
  }
  for (const { level, first: start, hashes } of levels) {
    for (let from = start; from < hashes.length; from += CHUNK) {
      const count = Math.min(CHUNK, hashes.length - from);
      const keys = Array.from({ length: count }, (_, n) => ({ level, index: from + n }));
      const stored = await inspection.nodes(keys);
      for (const [n, hash] of stored.entries()) {
        if (hash !== undefined && equalBytes(hash, hashes.at(from + n))) continue;
        if (inspection.derived({ level, index: from + n })) continue;
        const first = (from + n) * 2 ** level;
        const what = hash === undefined ? "is missing" : "is not the hash of its two children";
        const detail = `node ${level}/${from + n} over leaves ${first} to ${first + 2 ** level - 1} ${what}`;
        findings.push({ index: null, check: "tree", detail });
      }
    }
  }
  return findings;
}
