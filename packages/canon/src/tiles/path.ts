import { CanonError } from "../error.ts";

/** Hashes of a full tile, and entries of a full bundle: C2SP tlog-tiles. */
export const TILE_WIDTH = 256;
const MAX_LEVEL = 63;

/** One resource of a tiled log: hashes at a level, or entries. */
export interface Tile {
  /** 0 to 63 in steps of eight levels of the tree, or the log's entries. */
  readonly level: number | "entries";
  readonly index: number;
  /** 1 to 256; less than 256 is a partial tile. */
  readonly width: number;
}

function malformed(why: string): CanonError {
  return new CanonError("tile-path-malformed", `tile path ${why}`);
}

function requireTile({ index, level, width }: Tile): void {
  if (level !== "entries" && !(Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL))
    throw malformed(`has level ${level}; a level is entries or 0 to ${MAX_LEVEL}`);
  if (!Number.isSafeInteger(index) || index < 0)
    throw malformed(`has index ${index}; an index is an integer from 0 to 2^53 − 1`);
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw malformed(`has width ${width}; a width is an integer from 1 to ${TILE_WIDTH}`);
}

/** `tile/<level>/<index>[.p/<width>]`, the index in groups of three digits, all but the last with an `x` before it. */
export function formatTilePath(tile: Tile): string {
  requireTile(tile);
  const { index, level, width } = tile;
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) as string[];
  const path = groups.map((group, n) => (n < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** The tile of a path: exactly what {@link formatTilePath} writes, or `tile-path-malformed`. */
export function parseTilePath(path: string): Tile {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  const [, level, groups, width] = match ?? [];
  if (level === undefined || groups === undefined)
    throw malformed(`is ${JSON.stringify(path.slice(0, 80))}, not tile/<level>/<index>[.p/<width>]`);
  const tile: Tile = {
    level: level === "entries" ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, "")),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  // One tile has one path: no leading zeroes, and no partial form of a full tile.
  if (formatTilePath(tile) !== path)
    throw malformed(`${path} is another spelling of ${formatTilePath(tile)}`);
  return tile;
}

/**
 * The width of the tile at `level` and `index` in a tree of `size` leaves, 1 to 256; 0 when the tree has no such tile.
 * The entries have the widths of level 0.
 */
export function tileWidth(level: number, index: number, size: number): number {
  // size / 256^level, rounded down level by level: the power itself would leave the safe integers.
  let hashes = size;
  for (let i = 0; i < level && hashes > 0; i++) hashes = Math.floor(hashes / TILE_WIDTH);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}
