import { CanonError } from "../error.ts";
import type { TreeHash } from "../merkle/hash.ts";
import type { GetNode } from "../merkle/range.ts";
import { TILE_WIDTH, type Tile, tileWidth } from "./path.ts";
import { decodeTile } from "./tile.ts";

/** The bytes of a tile of hashes, fetched and not yet believed. */
export type GetTile = (tile: Tile & { readonly level: number }) => Uint8Array;

/** Reading a tiled log, C2SP tlog-tiles. */
export interface TileReader {
  /**
   * The nodes of a tree of `size` leaves out of its tiles, for `rootAt`, `inclusionProof` and `consistencyProof`. Tiles are
   * kept once read. Nothing is believed by this: compare `rootAt(size, …)` with the root of a checkpoint first. Throws
   * `node-missing` when the tree has no such tile, `tile-malformed` when its bytes are not of its width.
   */
  nodesOfTiles(size: number, getTile: GetTile): GetNode;
}

// A tile spans eight levels of the tree: its own hashes, and those that they give above.
const LEVELS = 8;

export function bindTileReader({ nodeHash }: TreeHash): TileReader {
  function fold(hashes: readonly Uint8Array[]): Uint8Array {
    if (hashes.length === 1) return hashes[0] as Uint8Array;
    const half = hashes.length / 2;
    return nodeHash(fold(hashes.slice(0, half)), fold(hashes.slice(half)));
  }

  return {
    nodesOfTiles(size, getTile) {
      const read = new Map<string, Uint8Array[]>();
      function hashesOf(level: number, index: number): Uint8Array[] {
        const name = `${level}/${index}`;
        const known = read.get(name);
        if (known !== undefined) return known;
        const width = tileWidth(level, index, size);
        if (width === 0) throw new CanonError("node-missing", `a tree of ${size} leaves has no tile ${name}`);
        const hashes = decodeTile(getTile({ level, index, width }), width);
        read.set(name, hashes);
        return hashes;
      }
      return (level, index) => {
        const span = 2 ** (level % LEVELS);
        const first = index * span;
        const tile = Math.floor(first / TILE_WIDTH);
        const hashes = hashesOf(Math.floor(level / LEVELS), tile);
        const begin = first - tile * TILE_WIDTH;
        if (begin + span > hashes.length) {
          const message = `no complete subtree at level ${level}, index ${index} in a tree of ${size} leaves`;
          throw new CanonError("node-missing", message);
        }
        return fold(hashes.slice(begin, begin + span));
      };
    },
  };
}
