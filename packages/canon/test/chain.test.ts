import { describe, expect, test } from "vitest";
import type { CanonRecord, ChainTip, SignedRecord } from "../src/index.ts";
import { draft, keys, TS } from "./fixture.ts";
import { implementations } from "./implementations.ts";
import { said } from "./said.ts";

describe.each(implementations)("a stream of records, $name", ({ canon }) => {
  const key = keys.record;
  /** Five records in their order, the third with another text when asked. */
  function chain(text = "block 2"): SignedRecord[] {
    let prev: string | null = null;
    return [0, 1, 2, 3, 4].map((seq) => {
      const of = draft(seq, { salt: "A".repeat(43), payload: { text: seq === 2 ? text : `block ${seq}` } });
      const record: CanonRecord = canon.completeDraft(of, { seq, prev, ts: TS });
      prev = canon.recordHash(record);
      return canon.signRecord(record, key);
    });
  }
  const whole = chain();
  const edited = chain("other");
  const at = (n: number) => whole[n] as SignedRecord;
  const hashAt = (n: number) => canon.recordHash(at(n).record);
  const verify = (records: readonly unknown[], after?: ChainTip) =>
    said(() => canon.verifyChain(records, key.publicKey, after));

  test("is verified whole, and gives the tip behind which it goes on", () => {
    const { records, tip } = canon.verifyChain(whole, key.publicKey);
    expect(records).toEqual(whole);
    expect(tip).toEqual({ seq: 4, hash: hashAt(4) });
    const first = canon.verifyChain(whole.slice(0, 3), key.publicKey).tip;
    expect(canon.verifyChain(whole.slice(3), key.publicKey, first).tip).toEqual(tip);
    expect(canon.verifyChain([], key.publicKey, first)).toEqual({ records: [], tip: first });
    expect(canon.verifyChain([], key.publicKey)).toEqual({ records: [], tip: undefined });
  });

  const changed = { ...at(2), record: { ...at(2).record, payload: { text: "other" } } };
  const { value } = at(3).sig;
  test.each<[what: string, records: readonly unknown[], fault: string, after?: ChainTip]>([
    [
      "a deletion",
      whole.toSpliced(2, 1),
      "chain-deletion: $[2]: is at position 3, and the record at 2 is missing",
    ],
    [
      "a deletion of the first",
      whole.slice(1),
      "chain-deletion: $[0]: is at position 1, and the record at 0 is missing",
    ],
    [
      "a deletion behind the tip that was known",
      whole.slice(4),
      "chain-deletion: $[0]: is at position 4, and the record at 3 is missing",
      { seq: 2, hash: hashAt(2) },
    ],
    ["a swap", [at(0), at(2), at(1), at(3), at(4)], "chain-order: $[1]: is at position 2, before 1"],
    ["a swap at the beginning", [at(1), at(0)], "chain-order: $[0]: is at position 1, before 0"],
    [
      "an edit without the key",
      whole.with(2, changed),
      `signature-invalid: $[2].sig: does not verify under key ${key.kid} < signature-invalid`,
    ],
    [
      "another record's signature",
      whole.with(2, { ...at(2), sig: { ...at(2).sig, value } }),
      `signature-invalid: $[2].sig: does not verify under key ${key.kid} < signature-invalid`,
    ],
    [
      "an edit with the key",
      whole.with(2, edited[2] as SignedRecord),
      `chain-edit: $[3]: was written after ${hashAt(2)}; before it stands ${canon.recordHash((edited[2] as SignedRecord).record)}`,
    ],
    [
      "another tip than the one that was known",
      whole.slice(3),
      `chain-edit: $[0]: was written after ${hashAt(2)}; before it stands ${hashAt(1)}`,
      { seq: 2, hash: hashAt(1) },
    ],
    [
      "a fork",
      whole.toSpliced(3, 0, edited[2] as SignedRecord),
      "chain-fork: $[3]: is at position 2, which is taken already",
    ],
    [
      "a record twice",
      whole.toSpliced(3, 0, at(2)),
      "chain-fork: $[3]: is at position 2, which is taken already",
    ],
    [
      "one from before the tip that was known",
      whole.slice(2),
      "chain-fork: $[0]: is at position 2, which is taken already",
      { seq: 2, hash: hashAt(2) },
    ],
    [
      "one of another stream",
      [...whole, stranger("memory/bob")],
      "chain-stream: $[5]: is of stream memory/bob; the first record is of memory/alice",
    ],
    [
      "what is no record",
      [at(0), { record: {}, sig: at(0).sig }],
      "field-missing: $[1].record.v: is required",
    ],
  ])("has %s located", (_, records, fault, after) => {
    expect(verify(records, after)).toBe(fault);
  });

  test("is nothing under keys that signed none of it", () => {
    expect(said(() => canon.verifyChain(whole, () => undefined))).toBe(
      `key-unknown: $[0].sig: signed by key ${key.kid}, which is not among the trusted keys`,
    );
  });

  function stranger(stream: string): SignedRecord {
    return canon.signRecord(canon.completeDraft(draft(9, { stream }), { seq: 0, prev: null, ts: TS }), key);
  }
});
