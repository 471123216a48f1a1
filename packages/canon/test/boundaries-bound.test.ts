import { Secret, signingKey, toBase64, toBase64url } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import { type CanonRecord, formatSignatureLine, joinNote, leafBytes, splitNote } from "../src/index.ts";
import { bundle, draft, id, keys, log, ORIGIN, pin, TS, trust } from "./fixture.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";
import { said } from "./said.ts";

const golden = signingKey(Secret.from(new Uint8Array(32).fill(1)));
const second = signingKey(Secret.from(new Uint8Array(32).fill(2)));
const bytes = (length: number) => new Uint8Array(length).fill(7);
const root = bytes(32);
const hash = toBase64(bytes(32));

describe.each(implementations)("at its limits, $name", ({ canon }) => {
  const good = { ...draft(1), v: 1, seq: 0, prev: null, ts: TS };
  const record = canon.checkRecord(good);
  const refusal = (changes: object) => said(() => canon.checkRecord({ ...good, ...changes }));

  test("the fields of a record take exactly what their format says", () => {
    expect(
      [
        { seq: undefined },
        { seq: true },
        { id: [id(1)] },
        { ts: [TS] },
        { stream: "X".repeat(64) },
        { stream: "X".repeat(65) },
        { author: { principal: "a", loa: "Root", module: "É" } },
        { ts: "2026-02-29T00:00:00.000Z" },
        { ts: "2026-04-31T00:00:00.000Z" },
        { ts: "2026-01-00T00:00:00.000Z" },
        { ts: "2026-01-32T00:00:00.000Z" },
      ].map(refusal),
    ).toMatchInlineSnapshot(`
      [
        "field-invalid: $.seq: is undefined; it must be an integer from 0 to 2^53 − 1",
        "field-invalid: $.seq: is true; it must be an integer from 0 to 2^53 − 1",
        "field-invalid: $.id: is an array; it must be a UUID of version 7 in lower case (RFC 9562)",
        "field-invalid: $.ts: is an array; it must be a time such as 2026-11-22T12:00:00.000Z",
        "field-invalid: $.stream: is "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"; it must be an identifier: [a-z0-9][a-z0-9._/-]{0,127}",
        "field-invalid: $.stream: is "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX…"; it must be an identifier: [a-z0-9][a-z0-9._/-]{0,127}",
        "field-invalid: $.author.module: is "É"; it must be an identifier: [a-z0-9][a-z0-9._/-]{0,127}",
        "field-invalid: $.ts: is "2026-02-29T00:00:00.000Z"; it must be a time such as 2026-11-22T12:00:00.000Z",
        "field-invalid: $.ts: is "2026-04-31T00:00:00.000Z"; it must be a time such as 2026-11-22T12:00:00.000Z",
        "field-invalid: $.ts: is "2026-01-00T00:00:00.000Z"; it must be a time such as 2026-11-22T12:00:00.000Z",
        "field-invalid: $.ts: is "2026-01-32T00:00:00.000Z"; it must be a time such as 2026-11-22T12:00:00.000Z",
      ]
    `);
    for (const day of ["2024-02-29", "2026-01-31", "2026-02-28", "2026-04-30", "2026-01-01"])
      expect(refusal({ ts: `${day}T00:00:00.000Z` })).toBe("nothing was thrown");
    const link = { label: "x", target: `sha256:${"0".repeat(64)}` };
    expect(refusal({ links: Array.from({ length: 256 }, () => link) })).toBe("nothing was thrown");
  });

  test("a draft and a signed record are refused at the place of the fault", () => {
    expect(outcome(() => canon.checkDraft({ ...draft(1), space: "system" }))).toBe("record-space $.space");
    const signed = canon.signRecord(record, keys.record);
    const moved = { ...signed, record: { ...record, seq: 1 } };
    expect(outcome(() => canon.verifyRecord(moved, keys.record.publicKey))).toBe(
      "field-invalid $.record.prev",
    );
    expect(outcome(() => canon.hashAndVerifyRecord(signed, keys.mmf.publicKey))).toBe("key-unknown $.sig");
  });

  test("a record that is hashed and signed at once has the hash and the signature of each step", () => {
    expect(canon.hashAndSignRecord(record, keys.record)).toEqual({
      hash: canon.recordHash(record),
      signed: canon.signRecord(record, keys.record),
    });
    const moved = { ...record, seq: 1 } as CanonRecord;
    expect(outcome(() => canon.hashAndSignRecord(moved, keys.record))).toBe("field-invalid $.prev");
  });

  test("a defect of a key is no refusal of a signature", () => {
    const signed = canon.signRecord(record, keys.record);
    const { kid, raw } = keys.record.publicKey;
    const broken = {
      kid,
      raw,
      verify() {
        throw new TypeError("a defect");
      },
    };
    expect(() => canon.verifyRecord(signed, broken as never)).toThrow(TypeError);
  });

  test("cosignatures are of a time, a length and a cosigner, or refused by what they lack", () => {
    const text = `${ORIGIN}\n5\n${hash}\n`;
    const w = canon.cosignerKey("w", golden.publicKey.raw);
    const line = canon.cosign(text, "w", 0, golden);
    expect(canon.openCosignatures(text, [line], [canon.parseCosignerKey(w)])).toMatchObject([{ time: 0 }]);
    const inner = Buffer.from(line.slice(4), "base64");
    const changed = (more: Uint8Array, name = "w") => formatSignatureLine(name, Uint8Array.from(more));
    const late = Uint8Array.from(inner).fill(0xff, 4, 12);
    expect(
      [
        () => canon.cosign(text, "w", -1, golden),
        () => canon.cosign(text, "a b", 0, golden),
        ...[changed(inner.subarray(0, 75)), changed(late), canon.cosign(`${text}x\n`, "w", 0, golden)].map(
          (each) => () => canon.openCosignatures(text, [each], [w]),
        ),
      ].map(said),
    ).toMatchInlineSnapshot(`
      [
        "cosignature-time: time is -1; give whole seconds since 1970, up to 2^53 − 1",
        "key-name-malformed: key name "a b" is empty or has white space or "+"",
        "cosignature-invalid: the cosignature of w (10043a1a) has 71 bytes; a time and a signature have 72",
        "cosignature-invalid: the cosignature of w (10043a1a) has a time beyond 2^53 − 1 seconds",
        "cosignature-invalid: the cosignature of w (10043a1a) does not verify < signature-invalid",
      ]
    `);
    const others = [canon.cosign(`${text}x\n`, "w", 0, second), changed(late, "v")];
    expect(canon.openCosignatures(text, others, [w])).toEqual([]);
  });

  test("verifier keys are read whole and made of keys only", () => {
    const vkey = canon.verifierKey(ORIGIN, golden.publicKey.raw);
    for (const other of [`${vkey}\n`, `+${vkey}`])
      expect(codeOf(() => canon.parseVerifierKey(other))).toBe("verifier-key-malformed");
    expect(codeOf(() => canon.parseVerifierKey(vkey.replace(ORIGIN, "a b")))).toBe("key-name-malformed");
    expect(codeOf(() => canon.verifierKey("a", new Uint8Array(32)))).toMatch(/^key-/);
    const note = canon.signCheckpoint({ origin: ORIGIN, size: 3, root }, golden);
    for (const by of [vkey, [vkey], canon.parseVerifierKey(vkey), [canon.parseVerifierKey(vkey)]])
      expect(canon.openCheckpoint(note, ORIGIN, by).size).toBe(3);
    const both = `${note}${canon.signCheckpoint({ origin: ORIGIN, size: 3, root }, second).split("\n").at(-2)}\n`;
    const other = canon.verifierKey(ORIGIN, keys.mmf.publicKey.raw);
    expect(said(() => canon.openCheckpoint(both, ORIGIN, other))).toMatch(
      /signed by \S+\+[0-9a-f]{8}, \S+\+[0-9a-f]{8}; none of these/,
    );
  });

  test("a checkpoint counts under the key of its last leaf, whoever signed it too, and about its own log", () => {
    const checkpoint = { origin: ORIGIN, size: 5, root };
    const note = canon.signCheckpoint(checkpoint, golden);
    const both = `${note}${canon.signCheckpoint(checkpoint, second).split("\n").at(-2)}\n`;
    const open = (text: string, ...pins: ReturnType<typeof pin>[]) =>
      canon.checkpointsUnder(ORIGIN, pins)(text);
    expect(open(note, pin(golden, 4, 5)).size).toBe(5);
    expect(open(both, pin(golden, 0, 5), pin(second, 5)).size).toBe(5);
    for (const pinned of [pin(golden, 5), pin(golden, 0, 4)])
      expect(said(() => open(note, pinned))).toBe(
        "key-unknown: the log key that signed is not valid for a checkpoint of 5 leaves",
      );
    const foreign = canon.signNote(`other\n5\n${hash}\n`, ORIGIN, golden);
    expect(said(() => open(foreign, pin(golden)))).toBe(
      `checkpoint-origin: checkpoint is about other, not ${ORIGIN}`,
    );
  });

  test("trees refuse sizes, indices and hashes that are none", () => {
    const getNode = () => bytes(31);
    expect(outcome(() => leafBytes({ ch: "x", rh: `sha256:${"0".repeat(64)}` }))).toBe("field-invalid $.ch");
    expect(
      [
        () => canon.rootAt(-1, getNode),
        () => canon.rootAt(1.5, getNode),
        () => canon.rootAt(1, getNode),
        () => canon.inclusionProof(0, 0, getNode),
        () => canon.inclusionProof(-1, 2, getNode),
        () => canon.inclusionProof(0.5, 2, getNode),
        () => canon.nodeHash(bytes(31), root),
        () => canon.nodeHash(root, bytes(33)),
        () => canon.nodesOfTiles(1, () => root)(0, 256),
        () => canon.nodesOfTiles(3, () => bytes(96))(1, 1),
      ].map(said),
    ).toMatchInlineSnapshot(`
      [
        "tree-size: tree size is -1; it must be an integer from 0 to 2^53 − 1",
        "tree-size: tree size is 1.5; it must be an integer from 0 to 2^53 − 1",
        "hash-length: node 0/0 has 31 bytes; SHA-256 has 32",
        "tree-size: tree size is 0; it must be an integer from 1 to 2^53 − 1",
        "tree-index: leaf index is -1; the tree has leaves 0 to 1",
        "tree-index: leaf index is 0.5; the tree has leaves 0 to 1",
        "hash-length: left node has 31 bytes; SHA-256 has 32",
        "hash-length: right node has 33 bytes; SHA-256 has 32",
        "node-missing: a tree of 1 leaves has no tile 0/1",
        "node-missing: no complete subtree at level 1, index 1 in a tree of 3 leaves",
      ]
    `);
  });

  test("a rotation is refused at its place, and each way in which a range is not as it says", () => {
    const body = { role: "record", origin: ORIGIN, from: 6, ts: TS } as const;
    const { body: rotation, by } = canon.signRotation(body, golden, second);
    const at = (changes: object) => outcome(() => canon.verifyRotation({ body: rotation, by, ...changes }));
    const zero = toBase64url(new Uint8Array(32));
    expect(at({ by: { old: by.new, new: by.new } })).toBe("key-unknown $.by.old");
    expect(at({ by: { old: by.old, new: by.old } })).toBe("key-unknown $.by.new");
    expect(at({ body: { ...rotation, old: { ...rotation.old, kid: zero } } })).toBe("key-unknown $.body.old");
    expect(at({ body: { ...rotation, new: { ...rotation.new, publicKey: zero } } })).toBe(
      "key-unknown $.body.new",
    );
    const stranger = keys.stranger;
    for (const pins of [
      [pin(golden, 0, 6), pin(second, 9)],
      [pin(golden, 0, 6), pin(stranger, 6)],
      [pin(second, 6)],
      [pin(golden, 0, 6)],
      [pin(golden, 0, 7), pin(second, 6)],
      [pin(stranger, 0, 6), pin(second, 6)],
      [pin(golden, 6)],
    ])
      expect(codeOf(() => canon.rotatePinned({ record: pins }, rotation, 5))).toBe("rotation-invalid");
    const done = { record: [pin(golden, 0, 6), pin(second, 6)] };
    expect(canon.rotatePinned(done, rotation, 5)).toBe(done);
  });

  test("a bundle without a trust file is checked with the keys that it names, and says which nobody gave", () => {
    const { record: own, ...others } = bundle.keys;
    const stray = { kid: keys.stranger.kid, publicKey: toBase64url(keys.stranger.publicKey.raw) };
    const among = canon.verifyBundle({ ...bundle, keys: { ...others, record: [stray, ...own] } });
    expect(among.verdict).toBe("unpinned");
    expect(among.entries[0]?.checks).toEqual(["inclusion", "record-hash", "record-signature"]);
    const none = canon.verifyBundle({ ...bundle, keys: { ...others, record: [stray] } });
    expect(none).toMatchObject({ verdict: "unpinned" });
    expect(none.steps.find(({ name }) => name === "record-signature")).toMatchObject({
      ok: false,
      detail: `nobody gives the record key ${keys.record.kid}, so it was not checked`,
    });
    expect(none.entries[0]?.checks).toEqual(["inclusion", "record-hash"]);
    const renamed = { ...bundle, keys: { ...others, record: [{ ...stray, kid: keys.record.kid }] } };
    expect(canon.verifyBundle(renamed)).toMatchObject({ verdict: "refused", code: "bundle-malformed" });
  });

  test("the head of a bundle is signed by a pinned key, in its name, about its log", () => {
    const under = (checkpoint: string, pinned = trust) =>
      canon.verifyBundle({ ...bundle, checkpoint }, pinned);
    const told = (report: ReturnType<typeof under>) => report.steps.find(({ ok }) => !ok)?.detail;
    const text = splitNote(bundle.checkpoint).text;
    const line = bundle.checkpoint.split("\n").at(-2) as string;
    expect(told(under(joinNote(text, [line.replace(ORIGIN, "other")])))).toMatch("no signature by a pinned");
    const foreign = canon.signNote(text.replace(ORIGIN, "other"), ORIGIN, keys.log);
    expect(told(under(foreign))).toBe(`checkpoint is about other, not ${ORIGIN}`);
    const next = canon.signNote(text, ORIGIN, second).split("\n").at(-2) as string;
    const epochs = [...trust.epochs, { epoch: 1, origin: `${ORIGIN}/epoch/1`, from: 0 }];
    const pins = { ...trust.keys, log: [pin(keys.log, 0, 5), pin(second, 5)] };
    expect(under(joinNote(text, [line, next]), { ...trust, epochs, keys: pins }).verdict).toBe("verified");
    const witnesses = [golden, second].map((key, n) => canon.cosignerKey(`w${n}`, key.publicKey.raw));
    const asked = { ...trust, cosigners: { keys: witnesses, threshold: 2 } };
    const [one, two] = [canon.cosign(text, "w0", 1, golden), canon.cosign(text, "w1", 2, second)];
    expect(told(under(joinNote(text, [line, one]), asked))).toBe(
      "cosigned by 1 pinned cosigners; the trust file asks for 2",
    );
    const cosigned = under(joinNote(text, [line, one, two]), asked);
    expect(cosigned.steps.find(({ name }) => name === "cosignatures")?.detail).toBe(
      "cosigned by w0 at 1, w1 at 2 (Unix seconds)",
    );
    expect(log).toHaveLength(5);
  });
});
