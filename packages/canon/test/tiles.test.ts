import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeEntries,
  decodeTile,
  encodeEntries,
  encodeTile,
  formatTilePath,
  parseCheckpoint,
  parseTilePath,
  splitNote,
  tileWidth,
} from "../src/index.ts";
import { codeOf, implementations } from "./implementations.ts";
import { vectorFolder } from "./vectors.ts";

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);

describe("tile paths", () => {
  // The examples of the specification, and the edges of its widths.
  test.each([
    ["tile/0/x001/x234/067", { level: 0, index: 1234067, width: 256 }],
    ["tile/0/000", { level: 0, index: 0, width: 256 }],
    ["tile/63/999.p/255", { level: 63, index: 999, width: 255 }],
    ["tile/entries/x001/000.p/1", { level: "entries", index: 1000, width: 1 }],
    ["tile/1/x009/x007/x199/x254/x740/991", { level: 1, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ] as const)("%s", (path, tile) => {
    expect(formatTilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  test.each([
    "",
    "tile/0",
    "tile/0/0",
    "tile/00/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/0/x000/001",
    "tile/0/001/000",
    "tile/0/x001/x000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000/",
    "/tile/0/000",
    "tile/entries/000 ",
    "tile/data/000",
    "tile/0/x009/x007/x199/x254/x740/992",
    "tile/0/../000",
  ])("%j is no tile path", (path) => {
    expect(codeOf(() => parseTilePath(path))).toBe("tile-path-malformed");
  });

  test.each([
    { level: 64, index: 0, width: 1 },
    { level: 0.5, index: 0, width: 1 },
    { level: 0, index: -1, width: 1 },
    { level: 0, index: 2 ** 53, width: 1 },
    { level: 0, index: 0, width: 0 },
    { level: 0, index: 0, width: 257 },
  ])("%j has no path", (tile) => {
    expect(codeOf(() => formatTilePath(tile))).toBe("tile-path-malformed");
  });

  test("every tile has one path", () => {
    const tile = fc.record({
      level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant("entries" as const)),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(tile, (each) => {
        expect(parseTilePath(formatTilePath(each))).toEqual(each);
      }),
    );
  });

  test("the widths of the specification's example of 70,000 leaves", () => {
    const widths = (level: number, ...indexes: number[]) =>
      indexes.map((index) => tileWidth(level, index, 70_000));
    expect(widths(0, 0, 272, 273, 274)).toEqual([256, 256, 112, 0]);
    expect(widths(1, 0, 1, 2)).toEqual([256, 17, 0]);
    expect(widths(2, 0, 1)).toEqual([1, 0]);
    expect(widths(3, 0)).toEqual([0]);
    expect([tileWidth(0, 0, 256), tileWidth(1, 0, 256)]).toEqual([256, 1]);
  });
});

describe("tiles and entry bundles", () => {
  test("hashes and entries are read as they were written", () => {
    const hashes = [bytes(32, 1), bytes(32, 2)];
    expect(decodeTile(encodeTile(hashes), 2)).toEqual(hashes);
    const entries = [bytes(0, 0), bytes(3, 7), bytes(65_535, 9)];
    expect(encodeEntries(entries).slice(0, 7)).toEqual(Uint8Array.of(0, 0, 0, 3, 7, 7, 7));
    expect(decodeEntries(encodeEntries(entries), 3)).toEqual(entries);
  });

  test("an entry that 16 bits cannot count is refused", () => {
    expect(codeOf(() => encodeEntries([bytes(65_536, 0)]))).toBe("entry-too-long");
  });

  test.each([
    ["a tile without hashes", () => encodeTile([])],
    ["a tile of 257 hashes", () => encodeTile(Array.from({ length: 257 }, () => bytes(32, 0)))],
    ["a short tile", () => decodeTile(bytes(63, 0), 2)],
    ["a long tile", () => decodeTile(bytes(65, 0), 2)],
    ["half a length", () => decodeEntries(bytes(1, 0), 1)],
    ["an entry cut short", () => decodeEntries(Uint8Array.of(0, 2, 1), 1)],
    ["an entry too few", () => decodeEntries(bytes(2, 0), 2)],
    ["an entry too many", () => decodeEntries(bytes(4, 0), 1)],
    ["no entry", () => decodeEntries(bytes(0, 0), 1)],
    ["a width of 257", () => decodeEntries(bytes(514, 0), 257)],
  ])("%s is refused", (_, act) => {
    expect(codeOf(act)).toBe("tile-malformed");
  });
});

describe.each(implementations)("a tiled log, $name", ({ canon }) => {
  const { Frontier, inclusionProof, leafHash, nodesOfTiles, rootAt, verifyInclusion } = canon;
  const SIZE = 600;
  const leaves = Array.from({ length: SIZE }, (_, n) => leafHash(Uint8Array.of(n >> 8, n & 255)));
  const nodes = new Map<string, Uint8Array>();
  const frontier = Frontier.empty();
  for (const leaf of leaves)
    for (const { hash, index, level } of frontier.append(leaf)) nodes.set(`${level}/${index}`, hash);
  const tile = (level: number, index: number, width: number) =>
    encodeTile(
      Array.from({ length: width }, (_, n) => nodes.get(`${8 * level}/${256 * index + n}`) as Uint8Array),
    );

  test("gives every past root and every proof out of its tiles alone", () => {
    const asked: string[] = [];
    const getNode = nodesOfTiles(SIZE, (each) => {
      asked.push(formatTilePath(each));
      return tile(each.level, each.index, each.width);
    });
    const root = rootAt(SIZE, getNode);
    expect(root).toEqual(frontier.root());
    for (let index = 0; index < SIZE; index += 37) {
      const proof = inclusionProof(index, SIZE, getNode);
      verifyInclusion({ leafHash: leaves[index] as Uint8Array, index, size: SIZE, proof, root });
    }
    expect(asked.sort()).toEqual(["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]);
    const before = Frontier.empty();
    for (const leaf of leaves.slice(0, 300)) before.append(leaf);
    expect(rootAt(300, getNode)).toEqual(before.root());
  });

  test("a tile of another width and a node beyond the tree are refused", () => {
    const short = nodesOfTiles(SIZE, () => bytes(32, 0));
    expect(codeOf(() => short(0, 0))).toBe("tile-malformed");
    const whole = nodesOfTiles(3, () => tile(0, 0, 3));
    expect(codeOf(() => whole(1, 1))).toBe("node-missing");
    expect(codeOf(() => whole(0, 300))).toBe("node-missing");
  });
});

const folder = vectorFolder("tlog/testlog");
test.runIf(folder !== undefined)(
  "the tiles of a log by another implementation give every checkpoint's root",
  () => {
    const { canon } = implementations[0];
    const read = (path: string) => new Uint8Array(readFileSync(join(folder as string, path)));
    let seen = 0;
    for (const path of globSync("checkpoint.*", { cwd: folder as string })) {
      const { root, size } = parseCheckpoint(splitNote(new TextDecoder().decode(read(path))).text);
      // A partial tile may be gone once a later one was written.
      if (
        size === 0 ||
        !existsSync(join(folder as string, formatTilePath({ level: 0, index: 0, width: size })))
      )
        continue;
      const getNode = canon.nodesOfTiles(size, (tile) => read(formatTilePath(tile)));
      expect(canon.rootAt(size, getNode)).toEqual(root);
      const entries = decodeEntries(read(formatTilePath({ level: "entries", index: 0, width: size })), size);
      expect(entries.map(canon.leafHash)).toEqual(entries.map((_, index) => getNode(0, index)));
      seen++;
    }
    expect(seen).toBeGreaterThan(10);
  },
);
