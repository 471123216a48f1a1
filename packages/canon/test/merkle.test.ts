import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBase64, toHex, utf8 } from "@sigil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Frontier, leafBytes } from "../src/index.ts";
import { rememberNodes } from "../src/merkle/hash.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";
import { jsonFiles, vectorFolder } from "./vectors.ts";

describe.each(implementations)("the RFC 6962 tree, $name", ({ canon, name }) => {
  const {
    consistencyProof,
    emptyRoot,
    inclusionProof,
    leafHash,
    nodeHash,
    rootAt,
    verifyConsistency,
    verifyInclusion,
  } = canon;
  // The portable hash is slower, and the code over it is the same.
  const MOST = name === "native" ? 130 : 40;
  const LARGEST = name === "native" ? 70 : 20;
  const leaves = Array.from({ length: MOST }, (_, i) => leafHash(utf8(`leaf ${i}`)));
  const nodes = new Map<string, Uint8Array>();
  const roots = [emptyRoot()];
  const frontier = canon.Frontier.empty();
  for (const leaf of leaves) {
    for (const { level, index, hash } of frontier.append(leaf)) nodes.set(`${level}/${index}`, hash);
    roots.push(frontier.root());
  }
  const getNode = (level: number, index: number) => nodes.get(`${level}/${index}`) as Uint8Array;
  const root = (size: number) => roots[size] as Uint8Array;
  const leaf = (index: number) => leaves[index] as Uint8Array;

  // The definition of section 2.1, word for word.
  function mth(of: readonly Uint8Array[]): Uint8Array {
    if (of.length === 1) return of[0] as Uint8Array;
    let k = 1;
    while (k * 2 < of.length) k *= 2;
    return nodeHash(mth(of.slice(0, k)), mth(of.slice(k)));
  }

  test("leaf and node hashes are domain-separated as in section 2.1", () => {
    expect(toHex(emptyRoot())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(toHex(leafHash(new Uint8Array(0)))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
    expect(toHex(leafHash(utf8("L123456")))).toBe(
      "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56",
    );
    expect(toHex(nodeHash(leaf(0), leaf(1)))).toBe(toHex(canon.rootAt(2, getNode)));
  });

  test("the hash of a leaf is the hash of its bytes, and a leaf without digests has none", () => {
    const ch = `sha256:${"0f".repeat(32)}`;
    const rh = `sha256:${"a1".repeat(32)}`;
    expect(toHex(leafHash({ ch, rh }))).toBe(toHex(leafHash(utf8(`{"ch":"${ch}","rh":"${rh}","v":1}`))));
    expect(() => leafHash({ ch: "sha256:0F", rh })).toThrow(expect.objectContaining({ path: "$.ch" }));
    expect(() => leafHash({ ch, rh: `${rh}0` })).toThrow(expect.objectContaining({ path: "$.rh" }));
  });

  test(`the root of every size to ${MOST} is that of the definition, by frontier and from stored nodes`, () => {
    for (let size = 1; size <= MOST; size++) {
      const expected = toHex(mth(leaves.slice(0, size)));
      expect(toHex(root(size))).toBe(expected);
      expect(toHex(rootAt(size, getNode))).toBe(expected);
    }
    expect(toHex(rootAt(0, getNode))).toBe(toHex(emptyRoot()));
  });

  test(`every inclusion proof to size ${MOST} verifies, and for no other index, size or leaf`, () => {
    const wrong: string[] = [];
    for (let size = 1; size <= MOST; size++) {
      for (let index = 0; index < size; index++) {
        const claim = {
          leafHash: leaf(index),
          index,
          size,
          proof: inclusionProof(index, size, getNode),
          root: root(size),
        };
        verifyInclusion(claim);
        const others = [
          { ...claim, index: index + 1 },
          { ...claim, index: index - 1 },
          { ...claim, size: size + 1, root: root(size + 1) ?? root(1) },
          { ...claim, leafHash: leaf((index + 1) % MOST) },
          { ...claim, root: root(size - 1) },
          { ...claim, proof: [...claim.proof, leaf(0)] },
          ...(claim.proof.length > 0
            ? [
                { ...claim, proof: claim.proof.slice(1) },
                { ...claim, proof: claim.proof.slice(0, -1) },
              ]
            : []),
        ];
        for (const other of others)
          if (outcome(() => verifyInclusion(other)) === undefined) wrong.push(`${index}/${size}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("no proof of a tree of 20 verifies at another index or size", () => {
    const wrong: string[] = [];
    for (let index = 0; index < 20; index++) {
      const proof = inclusionProof(index, 20, getNode);
      for (let size = 1; size <= 39; size++) {
        for (let at = 0; at < size; at++) {
          if (at === index && size === 20) continue;
          const claim = { leafHash: leaf(index), index: at, size, proof, root: root(size) };
          if (outcome(() => verifyInclusion(claim)) === undefined) wrong.push(`${index} as ${at}/${size}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test(`every consistency proof to size ${LARGEST} verifies, and for no other size or root`, () => {
    const wrong: string[] = [];
    for (let size2 = 1; size2 <= LARGEST; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const proof = consistencyProof(size1, size2, getNode);
        const claim = { size1, size2, root1: root(size1), root2: root(size2), proof };
        verifyConsistency(claim);
        const others = [
          { ...claim, size2: size2 + 1, root2: root(size2 + 1) },
          { ...claim, root1: root(size1 - 1) },
          { ...claim, root2: root(size2 - 1) },
          { ...claim, proof: [...proof, leaf(0)] },
          ...(proof.length > 0 ? [{ ...claim, proof: proof.slice(1) }] : []),
          ...(size1 > 1 ? [{ ...claim, size1: size1 - 1, root1: root(size1 - 1) }] : []),
        ];
        for (const other of others)
          if (outcome(() => verifyConsistency(other)) === undefined) wrong.push(`${size1}/${size2}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("any flipped bit of a proof is refused", () => {
    const claim = {
      leafHash: leaf(11),
      index: 11,
      size: 21,
      proof: inclusionProof(11, 21, getNode),
      root: root(21),
    };
    claim.proof.forEach((hash, n) => {
      for (let bit = 0; bit < 256; bit += 5) {
        const flipped = Uint8Array.from(hash);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const proof = claim.proof.with(n, flipped);
        expect(codeOf(() => verifyInclusion({ ...claim, proof }))).toBe("inclusion-invalid");
      }
    });
  });

  test("sizes and indices that are none are refused by name", () => {
    const proof: Uint8Array[] = [];
    const claim = { leafHash: leaf(0), index: 0, size: 1, proof, root: leaf(0) };
    expect(codeOf(() => verifyInclusion({ ...claim, index: 1 }))).toBe("tree-index");
    expect(codeOf(() => verifyInclusion({ ...claim, index: -1 }))).toBe("tree-index");
    expect(codeOf(() => verifyInclusion({ ...claim, index: 0.5 }))).toBe("tree-index");
    expect(codeOf(() => verifyInclusion({ ...claim, size: 0 }))).toBe("tree-size");
    expect(codeOf(() => verifyInclusion({ ...claim, size: 2 ** 53 }))).toBe("tree-size");
    expect(codeOf(() => verifyInclusion({ ...claim, root: leaf(0).subarray(1) }))).toBe("hash-length");
    expect(codeOf(() => inclusionProof(5, 5, getNode))).toBe("tree-index");
    expect(codeOf(() => consistencyProof(0, 5, getNode))).toBe("tree-size");
    expect(codeOf(() => consistencyProof(6, 5, getNode))).toBe("tree-size");
    expect(codeOf(() => rootAt(MOST + 1, getNode))).toBe("node-missing");
    const empty = { size1: 0, size2: 1, root1: emptyRoot(), root2: leaf(0), proof };
    expect(codeOf(() => verifyConsistency(empty))).toBe("tree-size");
  });

  test("proofs work beyond 2^32 leaves", () => {
    const size = 2 ** 40 + 1;
    const index = 2 ** 40;
    const left = leaf(3);
    const root = nodeHash(left, leaf(7));
    verifyInclusion({ leafHash: leaf(7), index, size, proof: [left], root });
    const fetched: string[] = [];
    const proof = inclusionProof(index, size, (level, at) => {
      fetched.push(`${level}/${at}`);
      return left;
    });
    expect(proof).toEqual([left]);
    expect(fetched).toEqual(["40/0"]);
  });

  test("a frontier reads back from its JSON and goes on alike, and so does a copy, each by itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MOST - 1 }), (size) => {
        const first = canon.Frontier.empty();
        for (const each of leaves.slice(0, size)) first.append(each);
        const again = canon.Frontier.from(JSON.parse(JSON.stringify(first)));
        const copy = canon.Frontier.copyOf(first);
        expect(again.append(leaf(size))).toEqual(first.append(leaf(size)));
        expect(copy.size).toBe(size);
        copy.append(leaf(size));
        expect(copy.toJSON()).toEqual(first.toJSON());
        expect(toHex(again.root())).toBe(toHex(root(size + 1)));
        expect(again.size).toBe(size + 1);
      }),
    );
  });

  test.each([
    { size: 1, hashes: [] },
    { size: 2, hashes: ["00".repeat(32), "00".repeat(32)] },
    { size: -1, hashes: [] },
    { size: 0.5, hashes: [] },
  ])("%j is no frontier", (json) => {
    expect(codeOf(() => canon.Frontier.from(json))).toBe("frontier-malformed");
  });
});

test("a leaf commits to the ciphertext digest and the record hash in JCS", () => {
  const ch = `sha256:${"0".repeat(64)}`;
  const rh = `sha256:${"f".repeat(64)}`;
  expect(new TextDecoder().decode(leafBytes({ ch, rh }))).toBe(
    implementations[0].canon.canonicalize({ v: 1, rh, ch }),
  );
  expect(outcome(() => leafBytes({ ch, rh: "f".repeat(64) }))).toBe("field-invalid $.rh");
});

interface InclusionCase {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}
interface ConsistencyCase {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}
const rfc6962 = vectorFolder("rfc6962");
describe.runIf(rfc6962 !== undefined)("the public RFC 6962 vectors", () => {
  const hash = (text: string | null) => fromBase64(text ?? "");

  test.each(implementations)("inclusion, $name", ({ canon }) => {
    const cases = jsonFiles<InclusionCase>(join(rfc6962 as string, "inclusion"));
    for (const { path, value } of cases) {
      const { leafIdx: index, treeSize: size, proof } = value;
      const claim = {
        leafHash: hash(value.leafHash),
        index,
        size,
        proof: (proof ?? []).map(hash),
        root: hash(value.root),
      };
      const refused = outcome(() => canon.verifyInclusion(claim)) !== undefined;
      expect({ path, refused }).toEqual({ path, refused: value.wantErr });
    }
    expect(cases).toHaveLength(98);
  });

  test.each(implementations)("consistency, $name", ({ canon }) => {
    const cases = jsonFiles<ConsistencyCase>(join(rfc6962 as string, "consistency"));
    for (const { path, value } of cases) {
      const { size1, size2, proof } = value;
      const claim = {
        size1,
        size2,
        root1: hash(value.root1),
        root2: hash(value.root2),
        proof: (proof ?? []).map(hash),
      };
      const refused = outcome(() => canon.verifyConsistency(claim)) !== undefined;
      expect({ path, refused }).toEqual({ path, refused: value.wantErr });
    }
    expect(cases).toHaveLength(98);
  });
});

const VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const tlog = vectorFolder("tlog/testlog");
test.runIf(tlog !== undefined)("a whole C2SP log: every checkpoint opens and commits to its entries", () => {
  const { inclusionProof, leafHash, openCheckpoint, verifyConsistency, verifyInclusion, consistencyProof } =
    implementations[0].canon;
  const frontier = Frontier.empty();
  const nodes = new Map<string, Uint8Array>();
  const getNode = (level: number, index: number) => nodes.get(`${level}/${index}`) as Uint8Array;
  const bundle = readFileSync(join(tlog as string, "tile/entries/000.p/15"));
  const hashes = readFileSync(join(tlog as string, "tile/0/000.p/15"));
  const roots: Uint8Array[] = [];
  let at = 0;
  for (let size = 0; size <= 15; size++) {
    const note = readFileSync(join(tlog as string, `checkpoint.${size}`), "utf8");
    const checkpoint = openCheckpoint(note, "example.com/log/testdata", VKEY);
    expect(checkpoint.size).toBe(size);
    expect(toHex(checkpoint.root)).toBe(toHex(frontier.root()));
    roots.push(checkpoint.root);
    for (let index = 0; index < size; index++) {
      const leaf = getNode(0, index);
      verifyInclusion({
        leafHash: leaf,
        index,
        size,
        proof: inclusionProof(index, size, getNode),
        root: checkpoint.root,
      });
    }
    for (let old = 1; old <= size; old++) {
      const proof = consistencyProof(old, size, getNode);
      verifyConsistency({
        size1: old,
        size2: size,
        root1: roots[old] as Uint8Array,
        root2: checkpoint.root,
        proof,
      });
    }
    if (size === 15) break;
    const length = bundle.readUInt16BE(at);
    const leaf = leafHash(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
    expect(toHex(leaf)).toBe(hashes.subarray(32 * size, 32 * size + 32).toString("hex"));
    for (const node of frontier.append(leaf)) nodes.set(`${node.level}/${node.index}`, node.hash);
  }
  expect(frontier.size).toBe(15);
});

test("remembered nodes are hashed once, and two that share a place are never mixed up", () => {
  const hashed: string[] = [];
  const nodeHash = (left: Uint8Array, right: Uint8Array) => {
    hashed.push(`${toHex(left)} ${toHex(right)}`);
    return Uint8Array.of(...left, ...right);
  };
  const remembered = rememberNodes(nodeHash);
  // Places depend on the first bytes alone: these pairs differ only behind them.
  const of = (last: number) => new Uint8Array(32).fill(last, 31);
  const pairs = [of(1), of(2), of(3)].flatMap((left) =>
    [of(1), of(2)].map((right) => [left, right] as const),
  );
  for (const [left, right] of pairs)
    for (let n = 0; n < 3; n++)
      expect(remembered(Uint8Array.from(left), right)).toEqual(Uint8Array.of(...left, ...right));
  expect(hashed).toEqual(pairs.map(([left, right]) => `${toHex(left)} ${toHex(right)}`));
});
