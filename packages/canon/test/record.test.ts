import { fromBase64url, toBase64url, toHex, utf8 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import { DOMAINS, KINDS } from "../src/index.ts";
import { draft, keys, TS } from "./fixture.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";

const H = `sha256:${"ab".repeat(32)}`;

describe.each(implementations)("records, $name", ({ canon }) => {
  const record = canon.completeDraft(draft(1), { seq: 0, prev: null, ts: TS });
  const signed = canon.signRecord(record, keys.record);

  test("a signed record verifies under its key and becomes a VerifiedRecord", () => {
    const again = JSON.parse(JSON.stringify(signed));
    expect(canon.verifyRecord(again, keys.record.publicKey)).toEqual(signed);
    expect(
      canon.verifyRecord(again, (kid) => (kid === keys.record.kid ? keys.record.publicKey : undefined)),
    ).toEqual(signed);
  });

  test("what is signed is the domain line and the RFC 8785 bytes", () => {
    const message = utf8(`SIGIL-RECORD-V1\n${canon.canonicalize(record)}`);
    expect(() => keys.record.publicKey.verify(message, fromBase64url(signed.sig.value))).not.toThrow();
  });

  test("a record that is encoded once has the bytes, message and hash that each step by itself gives", () => {
    const encoded = canon.encodeRecord(record);
    expect(encoded.record).toBe(record);
    expect(encoded.bytes).toEqual(canon.recordBytes(record));
    expect(encoded.message).toEqual(utf8(`SIGIL-RECORD-V1\n${canon.canonicalize(record)}`));
    expect(`sha256:${toHex(encoded.digest)}`).toBe(canon.recordHash(record));
    expect(canon.hashAndVerifyRecord(signed, keys.record.publicKey)).toEqual({
      hash: canon.recordHash(record),
      signed,
    });
    expect(codeOf(() => canon.hashAndVerifyRecord(signed, keys.stranger.publicKey))).toBe("key-unknown");
    expect(codeOf(() => canon.encodeRecord({ ...record, seq: 1 }))).toBe("field-invalid");
  });

  test("another key, or a key nobody trusts, is refused", () => {
    expect(codeOf(() => canon.verifyRecord(signed, keys.stranger.publicKey))).toBe("key-unknown");
    expect(codeOf(() => canon.verifyRecord(signed, () => undefined))).toBe("key-unknown");
    const claimed = { record, sig: { ...canon.signRecord(record, keys.stranger).sig, kid: keys.record.kid } };
    expect(codeOf(() => canon.verifyRecord(claimed, keys.record.publicKey))).toBe("signature-invalid");
  });

  test("any flipped bit of the signature is refused", () => {
    const bytes = fromBase64url(signed.sig.value);
    for (let bit = 0; bit < 512; bit += canon === implementations[0].canon ? 1 : 37) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const sig = { ...signed.sig, value: toBase64url(flipped) };
      expect(codeOf(() => canon.verifyRecord({ record, sig }, keys.record.publicKey))).toBe(
        "signature-invalid",
      );
    }
  });

  test("no changed character of a signed record goes unnoticed", () => {
    const text = JSON.stringify(signed);
    const step = canon === implementations[0].canon ? 1 : 41;
    for (let at = 0; at < text.length; at += step) {
      const changed = `${text.slice(0, at)}${text[at] === "x" ? "y" : "x"}${text.slice(at + 1)}`;
      const code = outcome(() => canon.verifyRecord(canon.parseJson(changed), keys.record.publicKey));
      expect({ changed, refused: typeof code === "string" }).toEqual({ changed, refused: true });
    }
  });

  test.each([
    ["v", 2, "field-invalid $.v"],
    ["id", "0193", "field-invalid $.id"],
    ["id", "01930000-0000-4000-8000-000000000001", "field-invalid $.id"],
    ["kind", "memory.note", "field-invalid $.kind"],
    ["space", "system", "record-space $.space"],
    ["stream", "Memory/alice", "field-invalid $.stream"],
    ["stream", "memory/é", "field-invalid $.stream"],
    ["stream", "a".repeat(129), "field-invalid $.stream"],
    ["seq", -1, "field-invalid $.seq"],
    ["seq", 1, "field-invalid $.prev"],
    ["prev", H, "field-invalid $.prev"],
    ["prev", "sha256:AB", "field-invalid $.prev"],
    ["ts", "2026-02-30T12:00:00.000Z", "field-invalid $.ts"],
    ["ts", "2026-11-22T12:00:00Z", "field-invalid $.ts"],
    ["ts", "2026-11-22T12:00:00.000+00:00", "field-invalid $.ts"],
    ["loa", "root", "field-invalid $.loa"],
    ["author", { principal: "alice" }, "field-missing $.author.loa"],
    ["author", { principal: "alice", loa: "Root", extra: 1 }, "field-unknown $.author"],
    ["author", { principal: "a b", loa: "Root" }, "field-invalid $.author.principal"],
    [
      "links",
      [
        { label: "x", target: H },
        { label: "x", target: "sha256:" },
      ],
      "field-invalid $.links[1].target",
    ],
    ["salt", toBase64url(new Uint8Array(31)), "field-invalid $.salt"],
    ["payload", [], "field-invalid $.payload"],
    ["payload", { a: { b: 2 ** 53 } }, "number-range $.payload.a.b"],
    ["extra", 1, "field-unknown $"],
  ])("a record whose %s is %j is refused", (field, value, refusal) => {
    expect(outcome(() => canon.checkRecord({ ...record, [field]: value }))).toBe(refusal);
    expect(typeof outcome(() => canon.signRecord({ ...record, [field]: value } as never, keys.record))).toBe(
      "string",
    );
  });

  test.each(["v", "id", "salt", "payload", "prev"])("a record without %s is refused", (field) => {
    const { [field as "id"]: _gone, ...rest } = record;
    expect(outcome(() => canon.checkRecord(rest))).toBe(`field-missing $.${field}`);
  });

  test("a draft takes no place of its own", () => {
    expect(canon.checkDraft(draft(2))).toBeDefined();
    expect(outcome(() => canon.checkDraft({ ...draft(2), seq: 0 }))).toBe("field-unknown $");
  });

  test("each kind has its size", () => {
    const text = "x".repeat(65_536);
    const place = { seq: 0, prev: null, ts: TS };
    expect(codeOf(() => canon.completeDraft(draft(1, { payload: { text } }), place))).toBe("size-exceeded");
    expect(canon.completeDraft(draft(1, { kind: "run.input", payload: { text } }), place)).toBeDefined();
  });

  test("the draft digest names a record before it has a place, and changes with the salt", () => {
    const one = draft(7);
    const first = canon.completeDraft(one, { seq: 0, prev: null, ts: TS });
    const later = canon.completeDraft(one, { seq: 5, prev: H, ts: "2027-01-01T00:00:00.000Z" });
    expect(canon.draftDigest(first)).toBe(canon.draftDigest(one));
    expect(canon.draftDigest(later)).toBe(canon.draftDigest(one));
    expect(canon.draftDigest({ ...one, salt: canon.newSalt() })).not.toBe(canon.draftDigest(one));
    expect(canon.recordHash(first)).not.toBe(canon.recordHash(later));
  });

  test("a signature made for one domain fits no other", () => {
    const authored = canon.signAuthored(DOMAINS.decision, { id: "x" }, keys.sigilderg);
    expect(canon.verifyAuthored(DOMAINS.decision, authored, keys.sigilderg.publicKey)).toEqual({ id: "x" });
    expect(codeOf(() => canon.verifyAuthored(DOMAINS.outcome, authored, keys.sigilderg.publicKey))).toBe(
      "signature-invalid",
    );
    expect(
      codeOf(() => canon.verifyAuthored(DOMAINS.decision, { ...authored, x: 1 }, keys.sigilderg.publicKey)),
    ).toBe("field-unknown");
    expect(codeOf(() => canon.verifyAuthored(DOMAINS.decision, authored, keys.mmf.publicKey))).toBe(
      "key-unknown",
    );
  });
});

test("native and portable hash and sign alike", () => {
  const [a, b] = implementations;
  const record = a.canon.completeDraft(draft(3), { seq: 0, prev: null, ts: TS });
  expect(b.canon.recordHash(record)).toBe(a.canon.recordHash(record));
  expect(b.canon.draftDigest(record)).toBe(a.canon.draftDigest(record));
  expect(b.canon.signRecord(record, keys.record)).toEqual(a.canon.signRecord(record, keys.record));
});

test("what may be erased is user content and what runs said, never what was decided", () => {
  const erasable = Object.entries(KINDS)
    .filter(([, row]) => row.erasable)
    .map(([kind]) => kind);
  expect(erasable).toEqual([
    "canon.entry",
    "memory.block",
    "run.input",
    "run.calls",
    "run.output",
    "run.log",
    "legacy.record",
  ]);
});
