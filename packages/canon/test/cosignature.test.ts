import { fromBase64, toBase64, utf8 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import {
  formatLogProof,
  type ProofBundle,
  parseLogProof,
  parseTrustFile,
  type TrustFile,
} from "../src/index.ts";
import { bundle, bundleOf, keys, log, ORIGIN, trust } from "./fixture.ts";
import { codeOf, implementations } from "./implementations.ts";

const root = new Uint8Array(32).fill(7);
const TIME = 1_679_315_147;

describe.each(implementations)("cosignatures, $name", ({ canon }) => {
  const { cosign, cosignerKey, openCosignatures, parseCosignerKey, parseVerifierKey, verifyBundle } = canon;
  const text = `${ORIGIN}\n5\n${toBase64(root)}\n`;
  const w1 = cosignerKey("witness.example/w1", keys.stranger.publicKey.raw);
  const line = cosign(text, "witness.example/w1", TIME, keys.stranger);

  test("open to who cosigned and when", () => {
    const keyHash = w1.split("+")[1] as string;
    expect(openCosignatures(text, [line], [w1])).toEqual([
      { name: "witness.example/w1", keyHash, time: TIME },
    ]);
  });

  test("the signed message and the signature line are those of the specification", () => {
    const bytes = fromBase64(line.split(" ")[2] as string);
    expect(bytes).toHaveLength(4 + 8 + 64);
    expect(new DataView(bytes.buffer).getBigUint64(4)).toBe(BigInt(TIME));
    const message = utf8(`cosignature/v1\ntime ${TIME}\n${text}`);
    expect(() => keys.stranger.publicKey.verify(message, bytes.slice(12))).not.toThrow();
  });

  test("a cosigner's key is no note key, and the other way round", () => {
    expect(codeOf(() => parseVerifierKey(w1))).toBe("verifier-key-malformed");
    const note = canon.verifierKey("witness.example/w1", keys.stranger.publicKey.raw);
    expect(codeOf(() => parseCosignerKey(note))).toBe("verifier-key-malformed");
    expect(parseCosignerKey(w1).raw).toEqual(keys.stranger.publicKey.raw);
  });

  test("lines by others are ignored, and one cosigner counts once", () => {
    const other = cosign(text, "witness.example/w2", TIME, keys.mmf);
    const later = cosign(text, "witness.example/w1", TIME + 1, keys.stranger);
    expect(openCosignatures(text, [other, line, later], [w1]).map(({ time }) => time)).toEqual([TIME]);
    expect(openCosignatures(text, [other], [w1])).toEqual([]);
  });

  test("any flipped bit of time or signature, and another text, is refused", () => {
    const [dash, name, encoded] = line.split(" ") as [string, string, string];
    const bytes = fromBase64(encoded);
    for (let bit = 8 * 4; bit < 8 * bytes.length; bit += 7) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const wrong = `${dash} ${name} ${toBase64(flipped)}`;
      expect(codeOf(() => openCosignatures(text, [wrong], [w1]))).toBe("cosignature-invalid");
    }
    expect(codeOf(() => openCosignatures(text.replace("5", "6"), [line], [w1]))).toBe("cosignature-invalid");
    const short = `${dash} ${name} ${toBase64(bytes.slice(0, 75))}`;
    expect(codeOf(() => openCosignatures(text, [short], [w1]))).toBe("cosignature-invalid");
  });

  test.each([-1, 1.5, 2 ** 53, Number.NaN])("%d is no time", (time) => {
    expect(codeOf(() => cosign(text, "w", time, keys.stranger))).toBe("cosignature-time");
  });

  const signed = bundle.checkpoint.slice(0, bundle.checkpoint.indexOf("\n\n") + 1);
  const w2 = cosignerKey("witness.example/w2", keys.mmf.publicKey.raw);
  const by1 = cosign(signed, "witness.example/w1", TIME, keys.stranger);
  const by2 = cosign(signed, "witness.example/w2", TIME, keys.mmf);
  const pinned = (threshold: number, ...vkeys: string[]): TrustFile =>
    parseTrustFile(JSON.stringify({ ...trust, cosigners: { keys: vkeys, threshold } }));
  const cosignedBy = (...cosignatures: string[]): ProofBundle => ({ ...bundle, cosignatures });

  test("a bundle needs as many pinned cosigners as the trust file asks for", () => {
    expect(verifyBundle(cosignedBy(by1, by2), pinned(2, w1, w2))).toMatchObject({ verdict: "verified" });
    expect(verifyBundle(cosignedBy(by2), pinned(1, w1, w2))).toMatchObject({ verdict: "verified" });
    const noted = { ...bundle, checkpoint: `${bundle.checkpoint}${by1}\n` };
    expect(verifyBundle(noted, pinned(1, w1))).toMatchObject({ verdict: "verified" });
    for (const [one, file] of [
      [cosignedBy(by1), pinned(2, w1, w2)],
      [cosignedBy(by1, by1), pinned(2, w1, w2)],
      [cosignedBy(by2), pinned(1, w1)],
      [bundle, pinned(1, w1)],
    ] as const) {
      expect(verifyBundle(one, file)).toMatchObject({ verdict: "refused", code: "cosignature-missing" });
    }
  });

  test("a wrong cosignature by a pinned cosigner refuses the bundle, one by a stranger does not", () => {
    const wrong = cosign(`${signed}x\n`, "witness.example/w1", TIME, keys.stranger);
    const report = verifyBundle(cosignedBy(wrong, by2), pinned(1, w1, w2));
    expect(report).toMatchObject({ verdict: "refused", code: "cosignature-invalid" });
    expect(verifyBundle(cosignedBy(wrong), trust)).toMatchObject({ verdict: "verified" });
  });

  test("a proof file carries a leaf, its proof and its checkpoint, and says no more than they do", () => {
    const { checkpoint, entries } = bundleOf(log);
    const { index, proof, ch, rh } = entries[2] as (typeof entries)[number];
    const file = formatLogProof({ index, proof: proof.map(fromBase64), checkpoint });
    const read = parseLogProof(file);
    const vkey = canon.verifierKey(ORIGIN, keys.log.publicKey.raw);
    const { root: head, size } = canon.openCheckpoint(read.checkpoint, ORIGIN, vkey);
    const leafHash = canon.leafHash(utf8(`{"ch":"${ch}","rh":"${rh}","v":1}`));
    canon.verifyInclusion({ leafHash, index: read.index, size, proof: read.proof, root: head });
    expect(file.startsWith(`c2sp.org/tlog-proof@v1\nindex 2\n${proof[0]}\n`)).toBe(true);
  });
});

const note = bundle.checkpoint;
const hash = toBase64(root);

test("a proof is read as it was written, with and without extra data and hashes", () => {
  for (const each of [
    { index: 0, proof: [], checkpoint: note },
    { index: 4, proof: [root, root], checkpoint: note, extra: utf8("any") },
    { index: 4, proof: [root], checkpoint: note, extra: new Uint8Array(0) },
  ]) {
    expect(parseLogProof(formatLogProof(each))).toEqual(each);
  }
});

test.each([
  ["another version", `c2sp.org/tlog-proof@v2\nindex 0\n\n${note}`],
  ["no index", `c2sp.org/tlog-proof@v1\n${hash}\n\n${note}`],
  ["a leading zero", `c2sp.org/tlog-proof@v1\nindex 01\n\n${note}`],
  ["an index beyond 2^53 − 1", `c2sp.org/tlog-proof@v1\nindex 9007199254740992\n\n${note}`],
  ["extra data after the index", `c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n${note}`],
  ["extra data that is not base64", `c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n${note}`],
  ["a hash that is not base64", `c2sp.org/tlog-proof@v1\nindex 0\n${hash.slice(1)}\n\n${note}`],
  ["CRLF", `c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n${note}`],
  ["64 hashes", `c2sp.org/tlog-proof@v1\nindex 0\n${`${hash}\n`.repeat(64)}\n${note}`],
  ["no checkpoint", "c2sp.org/tlog-proof@v1\nindex 0\n"],
  ["more than it may have", `c2sp.org/tlog-proof@v1\nindex 0\n\n${"x".repeat(1_200_000)}`],
])("a proof with %s is refused", (_, text) => {
  expect(codeOf(() => parseLogProof(text))).toBe("proof-malformed");
});

test("a proof with a short hash or without a note is refused", () => {
  const head = "c2sp.org/tlog-proof@v1\nindex 0\n";
  expect(codeOf(() => parseLogProof(`${head}AAAA\n\n${note}`))).toBe("hash-length");
  expect(codeOf(() => parseLogProof(`${head}\ntext`))).toBe("note-malformed");
});

describe("cosigners in a trust file", () => {
  const { canon } = implementations[0];
  const w = (name: string, key = keys.stranger) => canon.cosignerKey(name, key.publicKey.raw);
  test.each([
    ["a threshold of 0", { keys: [w("a")], threshold: 0 }],
    ["a threshold that cannot be reached", { keys: [w("a")], threshold: 2 }],
    ["a key under two names", { keys: [w("a"), w("b")], threshold: 1 }],
    ["a name with two keys", { keys: [w("a"), w("a", keys.mmf)], threshold: 1 }],
    ["what is no key", { keys: ["a"], threshold: 1 }],
    ["no keys", { keys: [], threshold: 1 }],
    ["an unknown field", { keys: [w("a")], threshold: 1, extra: 1 }],
    ["null", null],
  ])("%s is refused", (_, cosigners) => {
    expect(codeOf(() => parseTrustFile(JSON.stringify({ ...trust, cosigners })))).toMatch(/^field-/);
  });

  test("a key of another type makes the verification fail, not pass", () => {
    const cosigners = { keys: [canon.verifierKey("a", keys.stranger.publicKey.raw)], threshold: 1 };
    const file = parseTrustFile(JSON.stringify({ ...trust, cosigners }));
    expect(canon.verifyBundle(bundle, file)).toMatchObject({ verdict: "refused" });
  });
});
