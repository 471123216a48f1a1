import { type CompletedNode, Frontier } from "@sigil/canon";

/** Leaves of a block; 2^6. */
const BLOCK = 64;
const HASH = 32;

/** Where the block begins that a log of `size` leaves is filling. Nodes over leaves below stand in their table. */
export const blockOf = (size: number): number => size - (size % BLOCK);

/** Whether a node is complete before the leaf at `end`. */
export const completeBefore = (
  { level, index }: Pick<CompletedNode, "level" | "index">,
  end: number,
): boolean => (index + 1) * 2 ** level <= end;

/**
 * The nodes over the leaves of the block that is being filled, from the leaf hashes that the checkpoint's row holds, 32 bytes
 * each. A node for each commit would be a page of its own in the table; these lie on a page that every commit writes anyway.
 */
export function blockNodes(size: number, pending: Uint8Array): CompletedNode[] {
  const begin = blockOf(size);
  const frontier = Frontier.empty();
  const nodes: CompletedNode[] = [];
  for (let at = 0; at + HASH <= pending.length; at += HASH) {
    for (const { level, index, hash } of frontier.append(pending.subarray(at, at + HASH)))
      nodes.push({ level, index: begin / 2 ** level + index, hash });
  }
  return nodes;
}

/** Nodes by {@link nodeName}. */
export type BlockNodes = ReadonlyMap<string, Uint8Array>;

export const nodeName = ({ level, index }: Pick<CompletedNode, "level" | "index">): string =>
  `${level}/${index}`;

export function blockByName(size: number, pending: Uint8Array): BlockNodes {
  return new Map(blockNodes(size, pending).map((node) => [nodeName(node), node.hash]));
}
