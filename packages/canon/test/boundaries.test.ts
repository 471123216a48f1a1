import { toBase64 } from "@sigil/crypto";
import { expect, test } from "vitest";
import {
  checkBundle,
  coversLeaf,
  decodeEntries,
  decodeTile,
  encodeEntries,
  encodeTile,
  formatLogProof,
  formatSignatureLine,
  formatTilePath,
  isErasable,
  joinNote,
  KINDS,
  parseCheckpoint,
  parseLogProof,
  parseSignatureLine,
  parseTilePath,
  parseTrustFile,
  splitNote,
} from "../src/index.ts";
import { bundle, ORIGIN, trust } from "./fixture.ts";
import { codeOf, outcome } from "./implementations.ts";
import { said } from "./said.ts";

const bytes = (length: number) => new Uint8Array(length).fill(7);
const HEADER = "c2sp.org/tlog-proof@v1";
const hash = toBase64(bytes(32));

test("a refused tile says what was found and what is wanted", () => {
  expect(
    [
      () => formatTilePath({ level: 64, index: 0, width: 1 }),
      () => formatTilePath({ level: -1, index: 0, width: 1 }),
      () => formatTilePath({ level: 0, index: -1, width: 1 }),
      () => formatTilePath({ level: 0, index: 0, width: 257 }),
      () => parseTilePath("y".repeat(100)),
      () => parseTilePath("xtile/0/000"),
      () => parseTilePath("tile/0/000.p/1x"),
      () => parseTilePath("tile/0/x000/001"),
      () => encodeTile([]),
      () => encodeTile([bytes(31)]),
      () => decodeTile(new Uint8Array(0), 0),
      () => decodeTile(bytes(31), 2),
      () => encodeEntries([]),
      () => encodeEntries([bytes(1), bytes(65_536)]),
      () => decodeEntries(new Uint8Array(0), 0),
      () => decodeEntries(Uint8Array.of(0, 0, 0, 0), 1),
      () => decodeEntries(Uint8Array.of(0, 0, 0, 2, 1), 2),
      () => decodeEntries(Uint8Array.of(0, 0), 2),
    ].map(said),
  ).toMatchInlineSnapshot(`
    [
      "tile-path-malformed: tile path has level 64; a level is entries or 0 to 63",
      "tile-path-malformed: tile path has level -1; a level is entries or 0 to 63",
      "tile-path-malformed: tile path has index -1; an index is an integer from 0 to 2^53 − 1",
      "tile-path-malformed: tile path has width 257; a width is an integer from 1 to 256",
      "tile-path-malformed: tile path is "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", not tile/<level>/<index>[.p/<width>]",
      "tile-path-malformed: tile path is "xtile/0/000", not tile/<level>/<index>[.p/<width>]",
      "tile-path-malformed: tile path is "tile/0/000.p/1x", not tile/<level>/<index>[.p/<width>]",
      "tile-path-malformed: tile path tile/0/x000/001 is another spelling of tile/0/001",
      "tile-malformed: a tile has 1 to 256 items, not 0",
      "hash-length: tile hash has 31 bytes; SHA-256 has 32",
      "tile-malformed: a tile has 1 to 256 items, not 0",
      "tile-malformed: tile has 31 bytes; 2 hashes have 64",
      "tile-malformed: a tile has 1 to 256 items, not 0",
      "entry-too-long: entry 1 has 65536 bytes; the limit is 65535",
      "tile-malformed: a tile has 1 to 256 items, not 0",
      "tile-malformed: entry bundle goes on after its 1 entries",
      "tile-malformed: entry bundle ends inside entry 1",
      "tile-malformed: entry bundle has 1 entries; expected 2",
    ]
  `);
  expect(encodeEntries([bytes(65_535)])).toHaveLength(65_537);
});

test("a refused proof file says what it lacks, and the largest that may be is read", () => {
  const note = bundle.checkpoint;
  const proofs = (count: number) => `${HEADER}\nindex 0\n${`${hash}\n`.repeat(count)}\n${note}`;
  expect(
    [
      "x".repeat(1_200_001),
      "x".repeat(1_200_000),
      `\n\n${note}`,
      `${HEADER}\n\n${note}`,
      `${HEADER}\nxindex 0\n\n${note}`,
      `${HEADER}\nindex 01\n\n${note}`,
      `${HEADER}\nextra A\nindex 0\n\n${note}`,
      `${HEADER}\nindex 0\n!\n\n${note}`,
      `${HEADER}\nindex 0\nAAAA\n\n${note}`,
      proofs(64),
    ].map((text) => said(() => parseLogProof(text))),
  ).toMatchInlineSnapshot(`
    [
      "proof-malformed: tlog-proof has 1200001 characters; the limit is 1200000",
      "proof-malformed: tlog-proof has no blank line before its checkpoint",
      "proof-malformed: tlog-proof does not begin with c2sp.org/tlog-proof@v1",
      "proof-malformed: tlog-proof has no line with an index, a plain decimal up to 2^53 − 1",
      "proof-malformed: tlog-proof has no line with an index, a plain decimal up to 2^53 − 1",
      "proof-malformed: tlog-proof has no line with an index, a plain decimal up to 2^53 − 1",
      "proof-malformed: tlog-proof has extra data that is not base64 < base64-malformed",
      "proof-malformed: tlog-proof has a hash that is not base64 < base64-malformed",
      "hash-length: proof hash has 3 bytes; SHA-256 has 32",
      "proof-malformed: tlog-proof has 64 hashes; the limit is 63",
    ]
  `);
  expect(parseLogProof(proofs(63)).proof).toHaveLength(63);
  expect(parseLogProof(`${HEADER}\nindex 1234567890\n\n${note}`).index).toBe(1_234_567_890);
  expect(Object.keys(parseLogProof(proofs(0)))).toEqual(["index", "proof", "checkpoint"]);
  expect(codeOf(() => formatLogProof({ index: -1, proof: [], checkpoint: note }))).toBe("proof-malformed");
});

test("a note holds 100 signatures and 10^6 characters, and its lines are read as they were joined", () => {
  const line = formatSignatureLine("a", bytes(5));
  expect(parseSignatureLine(line).signature).toEqual(bytes(1));
  expect(
    splitNote(
      joinNote(
        "t\n",
        Array.from({ length: 100 }, () => line),
      ),
    ).signatures,
  ).toHaveLength(100);
  expect(joinNote("t\n", [line, line])).toBe(`t\n\n${line}\n${line}\n`);
  expect(splitNote(`\n\n${line}\n`).text).toBe("\n");
  expect(said(() => splitNote("x".repeat(1_000_000)))).toMatch("has no blank line");
  expect(said(() => parseSignatureLine("— a"))).toMatch("has a signature line that is not");
});

test("a checkpoint has three lines, a name of 255 bytes at most, and is refused with no more than its beginning", () => {
  const text = (origin: string) => `${origin}\n1\n${hash}\n`;
  expect(parseCheckpoint(text("o".repeat(255))).origin).toHaveLength(255);
  expect(codeOf(() => parseCheckpoint(text("o".repeat(256))))).toBe("checkpoint-origin");
  for (const other of [`${text("x")}\n`, `${text("x")}more`, `x\n1\n${hash}`])
    expect(codeOf(() => parseCheckpoint(other))).toBe("checkpoint-malformed");
  expect(said(() => parseCheckpoint(text("o".repeat(400))))).toMatch(`origin "${"o".repeat(300)}" must`);
  expect(said(() => parseCheckpoint(`x\n${"1".repeat(60)}\n${hash}\n`))).toMatch(
    `size "${"1".repeat(40)}" is`,
  );
});

test("a trust file says which cosigners and which epochs it cannot have", () => {
  const key = (name: string, base64: string) => `${name}+12345678+${base64}`;
  const [a, b] = ["A".repeat(44), `${"B".repeat(33)}${"A".repeat(11)}`];
  const read = (changes: object) => () => parseTrustFile(JSON.stringify({ ...trust, ...changes }));
  expect(read({ cosigners: { keys: [key("a", a), key("b", b)], threshold: 2 } })()).toBeDefined();
  expect(
    [
      { cosigners: { keys: [key("a", a), key("b", a)], threshold: 1 } },
      { cosigners: { keys: [key("a", a), key("a", b)], threshold: 1 } },
      { cosigners: { keys: [key("a", a)], threshold: 0 } },
      { cosigners: { keys: [key("a", a)], threshold: 2 } },
      { epochs: [] },
      { epochs: [{ epoch: 1, origin: ORIGIN, from: 0 }] },
      { epochs: [...trust.epochs, { epoch: 1, origin: ORIGIN, from: 0 }] },
      { origin: 7 },
    ].map((changes) => said(read(changes))),
  ).toMatchInlineSnapshot(`
    [
      "field-invalid: $.cosigners.keys: must have each name and each key once",
      "field-invalid: $.cosigners.keys: must have each name and each key once",
      "field-invalid: $.cosigners.threshold: is 0; it must be from 1 to the number of keys, 1",
      "field-invalid: $.cosigners.threshold: is 2; it must be from 1 to the number of keys, 1",
      "field-invalid: $.epochs: must have epoch 0",
      "field-invalid: $.epochs[0]: must be epoch 0 with origin sigil.local/log/0193",
      "field-invalid: $.epochs[1]: must be epoch 1 with origin sigil.local/log/0193/epoch/1",
      "field-invalid: $.origin: is 7; it must be a log origin",
    ]
  `);
});

test("a pinned key covers the leaves from its first to before its end", () => {
  const covered = (from: number, to: number | null) =>
    [4, 5, 6, 7].filter((n) => coversLeaf({ from, to }, n));
  expect(covered(5, 7)).toEqual([5, 6]);
  expect(covered(6, null)).toEqual([6, 7]);
});

test("what may be erased is what a person or a run brought, and no entry of the system's", () => {
  const erasable = Object.keys(KINDS).filter((kind) => isErasable(kind, "user"));
  expect(erasable).toEqual(Object.entries(KINDS).flatMap(([kind, row]) => (row.erasable ? [kind] : [])));
  expect(erasable).toContain("canon.entry");
  expect(isErasable("canon.entry", "system")).toBe(false);
  expect(isErasable("run.log", "system")).toBe(true);
  expect(isErasable("decision", "user")).toBe(false);
  expect(isErasable("toString", "user")).toBe(false);
});

test("a bundle with no leaf or a leaf twice has a field that is not valid", () => {
  expect(outcome(() => checkBundle({ ...bundle, entries: [] }))).toBe("field-invalid $.entries");
  const twice = [...bundle.entries, bundle.entries[1]];
  expect(outcome(() => checkBundle({ ...bundle, entries: twice }))).toBe("field-invalid $.entries[5].index");
});
