import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { TS } from "./fixture.ts";
import { at, entered, firstSet, hash, newKey, type Person, proof, RUNTIME, witnessKeys } from "./quorum.ts";
import { refusal } from "./said.ts";

const next = newKey();
const change = (set: canon.WitnessSet, payload: object, leaf = set.leaf + 10) =>
  canon.changeWitnesses(set, at(leaf, { version: set.version + 1, reason: "x", mode: "quorum", ...payload }));
const rotation = (by: "old" | "lost" = "old", key = next) => {
  const witness = proof("bea", key, { replaces: witnessKeys.bea.kid });
  const old = by === "old" ? canon.handOver(witness.statement, witnessKeys.bea) : null;
  return { change: "rotate", witness, old };
};
const addition = (person: Person = "dan") => ({ change: "add", witness: proof(person, witnessKeys[person]) });

describe("the ceremony", () => {
  test("makes version 1 of distinct people, whose keys count from the next leaf", () => {
    const set = firstSet();
    expect(set).toMatchObject({ runtimeId: RUNTIME, version: 1, leaf: 10, record: hash(10) });
    expect(
      canon.activeWitnesses(set).map(({ id, keys }) => [id, keys.length, keys[0]?.from, keys[0]?.to]),
    ).toEqual(["w-ada", "w-bea", "w-cid"].map((id) => [id, 1, 11, null]));
  });

  const three = entered().witnesses;
  const [first] = three as [canon.WitnessProof];
  test.each([
    ["two witnesses", "quorum-unreachable", { witnesses: three.slice(1) }],
    ["nobody", "quorum-unreachable", { witnesses: [] }],
    [
      "one key twice under two names",
      "key-enrolled",
      { witnesses: [...three, proof("eve", witnessKeys.ada)] },
    ],
    ["one person twice", "witness-known", { witnesses: [...three, proof("ada", next, { id: "other" })] }],
    ["one id twice", "witness-known", { witnesses: [...three, proof("eve", next, { id: "w-ada" })] }],
    [
      "a statement for another runtime",
      "runtime-mismatch",
      { witnesses: [...three, proof("eve", next, { runtimeId: "other" })] },
    ],
    [
      "a first key that replaces one",
      "replaces-mismatch",
      { witnesses: [...three, proof("eve", next, { replaces: next.kid })] },
    ],
    [
      "a key without proof of possession",
      "signature-invalid",
      { witnesses: [...three, { ...proof("eve", next), sig: { ...first.sig, kid: next.kid } }] },
    ],
    [
      "a proof by another key",
      "key-unknown",
      { witnesses: [...three, { ...proof("eve", next), sig: first.sig }] },
    ],
    [
      "a thumbprint of another key",
      "key-unknown",
      {
        witnesses: [
          ...three,
          { ...proof("eve", next), statement: { ...proof("eve", next).statement, kid: first.statement.kid } },
        ],
      },
    ],
    [
      "a key of small order",
      "key-unknown",
      {
        witnesses: [
          ...three,
          {
            ...proof("eve", next),
            statement: {
              ...proof("eve", next).statement,
              publicKey: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            },
          },
        ],
      },
    ],
    ["version 2", "field-invalid", { version: 2 }],
    ["a field too many", "field-unknown", { note: 1 }],
  ])("refuses %s: %s", (_, code, changes) => {
    expect(refusal(() => canon.enterQuorum(RUNTIME, at(10, { ...entered(), ...changes })))).toBe(code);
  });

  test("refuses a key that is enrolled for another purpose", () => {
    const record = {
      ...at(10, entered()),
      enrolled: (kid: string) => (kid === witnessKeys.cid.kid ? "issuer" : undefined),
    };
    expect(refusal(() => canon.enterQuorum(RUNTIME, record))).toBe("key-enrolled");
  });
});

describe("a change of witnesses", () => {
  // The TUF specification, section 5.3 (update the root role), and what each step is here. 5.3.4, the threshold of the old
  // set, is counted in the proposal that the change needs.
  test.each<[step: string, what: string, code: string | undefined, payload: object, leaf?: number]>([
    ["5.3.5", "the next version", undefined, rotation()],
    ["5.3.5", "the same version again (replay)", "witness-version", { ...rotation(), version: 1 }],
    ["5.3.5", "a version before (rollback)", "witness-version", { ...rotation(), version: 0 }],
    ["5.3.5", "a version too far (a gap)", "witness-version", { ...rotation(), version: 3 }],
    ["5.3.3", "a leaf that is not behind the last version's", "witness-version", rotation(), 10],
    [
      "5.3.4",
      "a new key that did not sign",
      "signature-invalid",
      {
        ...rotation(),
        witness: {
          ...rotation().witness,
          sig: { ...rotation().witness.sig, value: proof("bea", witnessKeys.bea).sig.value },
        },
      },
    ],
    [
      "5.3.4",
      "an old key that did not sign",
      "signature-invalid",
      { ...rotation(), old: { ...rotation().old, value: rotation().witness.sig.value } },
    ],
    [
      "5.3.4",
      "another's signature in the old one's place",
      "key-unknown",
      { ...rotation(), old: canon.handOver(rotation().witness.statement, witnessKeys.cid) },
    ],
    ["5.3.4", "the same key as new and old", "key-enrolled", rotation("old", witnessKeys.bea)],
    ["5.3.4", "a key of another witness", "key-enrolled", rotation("old", witnessKeys.cid)],
    ["5.3.4", "a lost key, for which the quorum stands", undefined, rotation("lost")],
  ])("TUF %s: %s", (_, __, code, payload, leaf) => {
    expect(refusal(() => change(firstSet(), payload, leaf))).toBe(code);
  });

  test.each([
    ["an unknown witness is revoked", "unknown-witness", { change: "revoke", id: "w-eve" }],
    ["too few would stay", "quorum-unreachable", { change: "revoke", id: "w-ada" }],
    ["a known id is added", "witness-known", { change: "add", witness: proof("eve", next, { id: "w-bea" }) }],
    [
      "a known person is added",
      "witness-known",
      { change: "add", witness: proof("bea", next, { id: "w-2" }) },
    ],
    [
      "a rotation names another person",
      "replaces-mismatch",
      {
        ...rotation(),
        witness: proof("bea", next, { principal: "eve", replaces: witnessKeys.bea.kid }),
        old: null,
      },
    ],
    [
      "a rotation replaces another key",
      "replaces-mismatch",
      { ...rotation(), witness: proof("bea", next, { replaces: witnessKeys.cid.kid }), old: null },
    ],
    [
      "a rotation is of nobody",
      "unknown-witness",
      { ...rotation(), witness: proof("eve", next, { replaces: next.kid }), old: null },
    ],
    ["the change is none", "field-invalid", { change: "rename" }],
    ["the change is a name of every object", "field-invalid", { change: "constructor" }],
  ])("is refused where %s: %s", (_, code, payload) => {
    expect(refusal(() => change(firstSet(), payload))).toBe(code);
  });

  test("ends a key at its leaf and begins the next behind it", () => {
    const set = change(firstSet(), rotation(), 30);
    const bea = set.witnesses.find(({ id }) => id === "w-bea");
    expect(bea?.keys.map(({ kid, from, to, revoked }) => [kid, from, to, revoked])).toEqual([
      [witnessKeys.bea.kid, 11, 30, null],
      [next.kid, 31, null, null],
    ]);
    expect(set.version).toBe(2);
  });

  test("that replaces a lost key takes its votes back", () => {
    const bea = change(firstSet(), rotation("lost"), 30).witnesses.find(({ id }) => id === "w-bea");
    expect(bea?.keys[0]?.revoked).toEqual({ leaf: 30, ts: TS });
  });

  test("that revokes is final: neither id nor key comes back, the person may", () => {
    const four = change(firstSet(), addition());
    const revoked = change(four, { change: "revoke", id: "w-dan" });
    expect(canon.presentKey(revoked.witnesses[3] as canon.Witness)).toBeUndefined();
    expect(refusal(() => change(revoked, { change: "revoke", id: "w-dan" }))).toBe("witness-revoked");
    expect(refusal(() => change(revoked, addition()))).toBe("key-enrolled");
    expect(refusal(() => change(revoked, { change: "add", witness: proof("dan", next) }))).toBe(
      "witness-known",
    );
    expect(
      refusal(() => change(revoked, { change: "add", witness: proof("dan", next, { id: "w-dan2" }) })),
    ).toBeUndefined();
  });

  test("leaves the set that it changes as it was", () => {
    const set = firstSet();
    const before = JSON.stringify(set);
    change(set, rotation());
    expect(JSON.stringify(set)).toBe(before);
  });
});
