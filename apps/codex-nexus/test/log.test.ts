// The reader here is foreign on purpose: RFC 6962 and tlog-tiles from their texts, with node:crypto alone.
import { createHash } from "node:crypto";
import { openCheckpoint, parseLogProof, verifierKey } from "@sigil/canon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memory } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";

const RECORDS = 600;
const home = temporaryHome();
let store: OpenedStore;
let size = 0;
beforeAll(async () => {
  await bootstrapped(home);
  store = await opened(home);
  for (let n = 0; n < RECORDS; n += 200) {
    const records = Array.from({ length: 200 }, (_, i) => memory(`${n + i}`, { stream: `memory/s${i % 7}` }));
    await store.nexus.append({ records });
  }
  size = store.nexus.checkpoint.size;
});
afterAll(async () => {
  await store.close();
  home.remove();
});

const sha = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const leafOf = (entry: Uint8Array) => sha(Uint8Array.of(0), entry);
const parentOf = (left: Uint8Array, right: Uint8Array) => sha(Uint8Array.of(1), left, right);
/** RFC 6962 section 2.1: the hash of a list, split at the largest power of two below its length. */
function treeOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return parentOf(treeOf(leaves.slice(0, split)), treeOf(leaves.slice(split)));
}
const slices = (bytes: Uint8Array) =>
  Array.from({ length: bytes.length / 32 }, (_, n) => bytes.slice(n * 32, n * 32 + 32));
/** tlog-tiles entry bundle: a big-endian length of two bytes before each entry. */
function entriesOf(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + (bundle[at] as number) * 256 + (bundle[at + 1] as number);
    entries.push(bundle.slice(at + 2, end));
    at = end;
  }
  return entries;
}
async function read(level: number | "entries"): Promise<Uint8Array[]> {
  const tiles: Uint8Array[] = [];
  for (let index = 0; index * 256 < size; index += 1) {
    tiles.push(await store.nexus.log.tile({ level, index, width: Math.min(256, size - index * 256) }));
  }
  return tiles;
}
const root = () =>
  openCheckpoint(store.nexus.checkpoint.note, home.origin, [
    verifierKey(home.origin, home.keys.log.publicKey.raw),
  ]).root;

describe("the log's read side", () => {
  test("entry bundles give the leaf hashes of the level 0 tiles and the root of the checkpoint, by foreign code", async () => {
    const leaves = (await read("entries")).flatMap(entriesOf).map(leafOf);
    expect(leaves).toHaveLength(size);
    expect((await read(0)).flatMap(slices)).toEqual(leaves);
    expect(treeOf(leaves)).toEqual(root());
  });

  test("a level 1 tile holds the roots of the full level 0 tiles", async () => {
    const full = Math.floor(size / 256);
    const above = slices(await store.nexus.log.tile({ level: 1, index: 0, width: full }));
    const below = (await read(0)).map(slices).slice(0, full);
    expect(above).toEqual(below.map(treeOf));
  });

  test("a partial tile of every earlier size is a prefix of the tile", async () => {
    const whole = await store.nexus.log.tile({ level: 0, index: 0, width: 256 });
    for (const width of [1, 2, 100, 255]) {
      expect(await store.nexus.log.tile({ level: 0, index: 0, width })).toEqual(whole.slice(0, 32 * width));
    }
  });

  test("a tile, a leaf and a proof beyond the log are not found", async () => {
    const notFound = expect.objectContaining({ code: "not-found" });
    const { log } = store.nexus;
    const last = Math.floor(size / 256);
    await expect(log.tile({ level: 0, index: last, width: (size % 256) + 1 })).rejects.toEqual(notFound);
    await expect(log.tile({ level: 0, index: last + 1, width: 1 })).rejects.toEqual(notFound);
    await expect(log.tile({ level: 2, index: 0, width: 1 })).rejects.toEqual(notFound);
    await expect(log.inclusion(size)).rejects.toEqual(notFound);
    await expect(log.consistency(1, size + 1)).rejects.toEqual(notFound);
    await expect(log.consistency(5, 4)).rejects.toEqual(notFound);
  });

  test("a tlog-proof of every leaf leads to the root, by foreign code", async () => {
    const leaves = (await read("entries")).flatMap(entriesOf).map(leafOf);
    for (const index of [0, 1, 255, 256, 511, 512, size - 2, size - 1]) {
      const { proof, checkpoint } = parseLogProof(await store.nexus.log.inclusion(index));
      expect(checkpoint).toBe(store.nexus.checkpoint.note);
      // RFC 9162 section 2.1.3.2.
      let [fn, sn, r] = [index, size - 1, leaves[index] as Uint8Array];
      for (const hash of proof) {
        if (fn % 2 === 1 || fn === sn) {
          r = parentOf(hash, r);
          while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
        } else r = parentOf(r, hash);
        [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
      }
      expect(sn).toBe(0);
      expect(r).toEqual(root());
    }
  });

  test("a consistency proof leads from an earlier root to the newest, by foreign code", async () => {
    const leaves = (await read("entries")).flatMap(entriesOf).map(leafOf);
    for (const from of [1, 2, 3, 255, 256, 300, 512, size - 1]) {
      const first = treeOf(leaves.slice(0, from));
      const proof = [...(await store.nexus.log.consistency(from, size))];
      // RFC 9162 section 2.1.4.2.
      if ((from & (from - 1)) === 0) proof.unshift(first);
      let [fn, sn] = [from - 1, size - 1];
      while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
      let [fr, sr] = [proof[0] as Uint8Array, proof[0] as Uint8Array];
      for (const hash of proof.slice(1)) {
        if (fn % 2 === 1 || fn === sn) {
          [fr, sr] = [parentOf(hash, fr), parentOf(hash, sr)];
          while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
        } else sr = parentOf(sr, hash);
        [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
      }
      expect([fr, sr, sn]).toEqual([first, root(), 0]);
    }
  });

  test("the log says nothing of a record but its two hashes", async () => {
    const [bundle] = await read("entries");
    for (const entry of entriesOf(bundle as Uint8Array)) {
      expect(new TextDecoder().decode(entry)).toMatch(
        /^\{"ch":"sha256:[0-9a-f]{64}","rh":"sha256:[0-9a-f]{64}","v":1\}$/,
      );
    }
  });
});
