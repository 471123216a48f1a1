import type { SigningKey } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { TS } from "./fixture.ts";
import {
  at,
  ballot,
  entered,
  firstSet,
  hash,
  newKey,
  proof,
  proposal,
  RUNTIME,
  voteAt,
  witnessKeys,
} from "./quorum.ts";
import { said } from "./said.ts";

const all = { reason: "x", mode: "quorum" };
const change = (set: canon.WitnessSet, payload: object, leaf = set.leaf + 10) =>
  canon.changeWitnesses(set, at(leaf, { version: set.version + 1, ...all, ...payload }));
const add = (person: string, key = newKey(), changes = {}) => ({
  change: "add",
  witness: proof(person, key, changes),
});
const rotate = (person: "bea", old: SigningKey, key: SigningKey, handsOver: boolean) => {
  const witness = proof(person, key, { replaces: old.kid });
  return { change: "rotate", witness, old: handsOver ? canon.handOver(witness.statement, old) : null };
};
const set = firstSet();
const four = change(set, add("dan", witnessKeys.dan));
const { ada, bea, cid, dan } = witnessKeys;
const next = newKey();
const last = newKey();

describe("what a refused vote is told", () => {
  const about = proposal();
  const digest = canon.proposalDigest(about);
  const counted = (votes: readonly canon.VerifiedVote[], by: canon.WitnessSet, leaf?: number) => {
    const { approve, void: others } = canon.countVotes({ proposal: about, digest }, votes, by, leaf);
    return [
      ...approve.map(({ vote }) => vote.attestation.keyId),
      ...others.map(({ code, detail }) => `${code}: ${detail}`),
    ];
  };
  const cast = (leaf: number, vote: canon.SignedAttestation, by = four) =>
    canon.verifyVote(voteAt(leaf, vote), by);
  const by = (key: SigningKey) =>
    canon.signAttestation({ proposalDigest: digest, verdict: "approve", witness: "w-bea", iat: TS }, key);
  const handed = change(four, rotate("bea", bea, next, true), 50);

  test.each<
    [why: string, sentence: string, votes: () => readonly canon.VerifiedVote[], set?: canon.WitnessSet]
  >([
    [
      "it is about another proposal",
      `wrong-digest: w-bea voted on ${hash(7)}, this proposal is ${digest}`,
      () => [cast(30, ballot("bea", about, { proposalDigest: hash(7) }))],
    ],
    [
      "nobody is called so",
      "unknown-witness: no witness is called w-dan",
      () => [cast(30, ballot("dan", about))],
      set,
    ],
    [
      "it is the proposer's",
      "self-attestation: w-ada is ada, who proposed it; others must agree",
      () => [cast(30, ballot("ada", about))],
    ],
    [
      "its witness came later",
      "not-eligible: w-dan was no active witness when the proposal was created",
      () => [cast(30, ballot("dan", about))],
    ],
    [
      "its key was taken back",
      `revoked-key: key ${bea.kid} of w-bea was revoked at leaf 60`,
      () => [cast(30, ballot("bea", about))],
      change(four, { change: "revoke", id: "w-bea" }, 60),
    ],
  ])("that it does not count because %s", (_, sentence, votes, of = four) => {
    expect(counted(votes(), of)).toEqual([sentence]);
  });

  test("that another has counted already", () => {
    expect(counted([cast(30, by(bea)), cast(31, by(bea))], four)).toEqual([
      bea.kid,
      "duplicate-witness: w-bea voted already; the first vote counts",
    ]);
  });

  test("only of what uses a vote up: one on another proposal leaves it to cast", () => {
    const wrong = cast(30, ballot("bea", about, { proposalDigest: hash(7) }));
    expect(counted([wrong, cast(31, by(bea))], four)).toContain(bea.kid);
  });

  test("by the key that cast it: one handed over keeps its votes, one lost after it does not", () => {
    const lost = change(handed, rotate("bea", next, last, false), 70);
    expect(counted([cast(30, by(bea), handed)], lost)).toEqual([bea.kid]);
    expect(counted([cast(60, by(next), handed)], lost)).toEqual([
      `revoked-key: key ${next.kid} of w-bea was revoked at leaf 70`,
    ]);
  });

  test.each([
    ["before the key's first leaf", set, 10, bea, "11 to the last, the vote is at 10"],
    ["after the key was rotated away", handed, 50, bea, "11 to 50, the vote is at 50"],
  ] as const)("where it was cast: %s", (_, of, leaf, key, leaves) => {
    expect(said(() => canon.verifyVote(voteAt(leaf, by(key)), of))).toBe(
      `revoked-key: key ${key.kid} of witness w-bea is valid for leaves ${leaves}; sign with the present key`,
    );
  });

  test("at the door: the key is asked for at the end of the log", () => {
    const admit = (vote: canon.SignedAttestation, of: canon.WitnessSet) =>
      said(() => canon.admitVote(vote, { proposal: about, digest, votes: [], set: of }));
    expect(admit(by(bea), handed)).toBe(
      `revoked-key: key ${bea.kid} of witness w-bea is valid for leaves 11 to 50, the vote is at the end; sign with the present key`,
    );
    expect(admit(by(next), handed)).toBe("nothing was thrown");
  });

  test("under a set whose keys are not what they say", () => {
    const [first, second, ...others] = set.witnesses as [canon.Witness, canon.Witness];
    const keys = [{ ...(first.keys[0] as canon.WitnessKey), publicKey: second.keys[0]?.publicKey ?? "" }];
    const forged = { ...set, witnesses: [{ ...first, keys }, second, ...others] };
    expect(said(() => canon.verifyVote(voteAt(30, ballot("ada", about)), forged))).toBe(
      `key-unknown: $: the thumbprint of the key is ${bea.kid}, not ${ada.kid}`,
    );
  });
});

describe("what a refused attestation is told", () => {
  const good = ballot("bea", proposal());

  test("that its two kids differ", () => {
    const mixed = { ...good, sig: { ...good.sig, kid: cid.kid } };
    expect(said(() => canon.verifyAttestation(mixed, bea.publicKey))).toBe(
      `key-unknown: $.sig.kid: the attestation names key ${bea.kid}, its signature ${cid.kid}`,
    );
  });

  test("that another signature stands in its place", () => {
    const turned = { ...good, attestation: { ...good.attestation, verdict: "reject" } };
    expect(said(() => canon.verifyAttestation(turned, bea.publicKey))).toBe(
      `signature-invalid: $.sig: does not verify under key ${bea.kid} < signature-invalid`,
    );
  });

  test("before it is signed: what is no attestation gets no signature", () => {
    const of = { ...good.attestation, verdict: "abstain" as never };
    expect(said(() => canon.signAttestation(of, bea))).toMatch(
      /^field-invalid: \$\.attestation\.verdict: is "abstain"/,
    );
  });
});

describe("what a refused proposal is told", () => {
  test.each([
    ["x".repeat(1025), `is "${"x".repeat(64)}…"`],
    [5, "is 5"],
  ])("that its reason is no text of at most 1024 characters", (reason, is) => {
    expect(said(() => canon.proposalDigest(proposal({ reason: reason as string })))).toBe(
      `field-invalid: $.reason: ${is}; it must be text of at most 1024 characters`,
    );
  });

  test("nothing at exactly 1024", () => {
    expect(canon.proposalDigest(proposal({ reason: "x".repeat(1024) }))).toMatch(/^sha256:/);
  });
});

describe("what a refused witness statement is told", () => {
  const good = proof("eve", next);
  const of = (statement: Partial<canon.WitnessStatement>, sig = good.sig) =>
    said(() => canon.verifyWitnessProof({ statement: { ...good.statement, ...statement }, sig }));

  test("which key does not belong to its thumbprint, or is none", () => {
    expect(of({ kid: bea.kid })).toBe(
      `key-unknown: $.statement.publicKey: the thumbprint of the key is ${next.kid}, not ${bea.kid}`,
    );
    expect(of({ publicKey: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" })).toBe(
      "key-unknown: $.statement.publicKey: no usable key: key-small-order < key-small-order",
    );
  });

  test("that its key did not sign it", () => {
    expect(of({ principal: "bob" })).toBe(
      `signature-invalid: $.sig: does not verify under key ${next.kid} < signature-invalid`,
    );
  });

  test("before it is signed: what is no statement gets no signature", () => {
    expect(said(() => proof("eve", next, { id: "No Name" }))).toMatch(/^field-invalid: \$\.statement\.id: /);
  });
});

describe("what a refused ceremony or change of witnesses is told", () => {
  const ceremony = (...more: canon.WitnessProof[]) =>
    said(() =>
      canon.enterQuorum(RUNTIME, at(10, { ...entered(), witnesses: [...entered().witnesses, ...more] })),
    );

  test.each<[what: string, witness: canon.WitnessProof, sentence: string]>([
    [
      "another runtime's",
      proof("eve", next, { runtimeId: "other" }),
      `runtime-mismatch: the statement is for runtime other, this is ${RUNTIME}`,
    ],
    [
      "another witness's key",
      proof("eve", ada),
      `key-enrolled: key ${ada.kid} is enrolled already, as key of witness w-ada; make another`,
    ],
    [
      "a key to replace",
      proof("eve", next, { replaces: bea.kid }),
      `replaces-mismatch: the first key of w-eve replaces none; the statement says ${bea.kid}`,
    ],
    [
      "another witness's id",
      proof("eve", next, { id: "w-ada" }),
      "witness-known: w-ada is a witness already (active); an id is never used again",
    ],
    [
      "another witness's person",
      proof("ada", next, { id: "w-2" }),
      "witness-known: ada is a witness already, as w-ada; a person has one vote",
    ],
  ])("that a new witness has %s", (_, witness, sentence) => {
    expect(ceremony(witness)).toBe(sentence);
  });

  test("that too few would be active", () => {
    const two = { ...entered(), witnesses: entered().witnesses.slice(1) };
    expect(said(() => canon.enterQuorum(RUNTIME, at(10, two)))).toBe(
      "quorum-unreachable: 2 witnesses would be active, at least 3 must be; add another first",
    );
  });

  test("that a key has another purpose", () => {
    const enrolled = () => "issuer";
    expect(said(() => canon.enterQuorum(RUNTIME, { ...at(10, entered()), enrolled }))).toBe(
      `key-enrolled: key ${ada.kid} is enrolled already, as issuer; make another`,
    );
  });

  test("that there are as many as there may be: 64", () => {
    const many = Array.from({ length: 65 }, (_, n) => proof(`p${n}`, newKey()));
    const largest = canon.enterQuorum(RUNTIME, at(10, { ...entered(), witnesses: many.slice(0, 64) }));
    expect(largest.witnesses).toHaveLength(64);
    expect(said(() => change(largest, { change: "add", witness: many[64] }))).toBe(
      "witness-known: there are 64 witnesses, the most that a set ever names",
    );
  });

  test.each<[what: string, payload: object, sentence: string, leaf?: number]>([
    ["who is unknown", { change: "revoke", id: "w-eve" }, "unknown-witness: no witness is called w-eve"],
    [
      "which key is replaced",
      rotate("bea", cid, next, false),
      `replaces-mismatch: w-bea is bea with key ${bea.kid}; the statement says bea and ${cid.kid}`,
    ],
    [
      "which version is next",
      { ...rotate("bea", bea, next, true), version: 7 },
      "witness-version: the change makes version 7; version 2 is in force, so the next is 3",
    ],
    [
      "behind which leaf it must stand",
      rotate("bea", bea, next, true),
      "witness-version: the change is at leaf 20, version 2 at leaf 20",
      20,
    ],
    [
      "that the old key did not hand over to this one",
      { ...rotate("bea", bea, next, true), old: rotate("bea", bea, last, true).old },
      `signature-invalid: $.old: does not verify under key ${bea.kid} < signature-invalid`,
    ],
  ])("%s", (_, payload, sentence, leaf) => {
    expect(said(() => change(four, payload, leaf))).toBe(sentence);
  });

  test("that a revoked witness stays so", () => {
    const without = change(four, { change: "revoke", id: "w-dan" });
    expect(said(() => change(without, { change: "revoke", id: "w-dan" }))).toBe(
      "witness-revoked: w-dan is revoked for good; add the person under another id",
    );
  });

  test("that the present key is not what the set says, before anything is handed over", () => {
    const [first, second, ...others] = four.witnesses as [canon.Witness, canon.Witness];
    const keys = [{ ...(second.keys[0] as canon.WitnessKey), publicKey: first.keys[0]?.publicKey ?? "" }];
    const forged = { ...four, witnesses: [first, { ...second, keys }, ...others] };
    expect(said(() => change(forged, rotate("bea", bea, next, true)))).toBe(
      `key-unknown: $.old: the thumbprint of the key is ${ada.kid}, not ${bea.kid}`,
    );
  });
});

describe("the keys of a witness", () => {
  const beaOf = (of: canon.WitnessSet) => of.witnesses.find(({ id }) => id === "w-bea") as canon.Witness;
  const rotatedTwice = () =>
    change(change(four, rotate("bea", bea, next, false), 30), rotate("bea", next, last, true), 40);

  test("end one by one, and each keeps how it ended", () => {
    expect(beaOf(rotatedTwice()).keys.map(({ from, to, revoked }) => [from, to, revoked])).toEqual([
      [11, 30, { leaf: 30, ts: TS }],
      [31, 40, null],
      [41, null, null],
    ]);
  });

  test("are all taken back when it is revoked, and what was lost before stays lost from then", () => {
    const gone = change(rotatedTwice(), { change: "revoke", id: "w-bea" }, 50);
    expect(beaOf(gone).keys.map(({ to, revoked }) => [to, revoked])).toEqual([
      [30, { leaf: 30, ts: TS }],
      [40, { leaf: 50, ts: TS }],
      [50, { leaf: 50, ts: TS }],
    ]);
    expect(beaOf(gone)).toMatchObject({ status: "revoked", by: hash(50) });
  });

  test("are never enrolled again, neither the present one nor one that was rotated away", () => {
    for (const key of [bea, next, last])
      expect(said(() => change(rotatedTwice(), add("eve", key), 60))).toBe(
        `key-enrolled: key ${key.kid} is enrolled already, as key of witness w-bea; make another`,
      );
  });

  test("of others are not touched by a change", () => {
    const twice = rotatedTwice();
    for (const other of ["w-ada", "w-cid", "w-dan"]) {
      const of = (at: canon.WitnessSet) => at.witnesses.find(({ id }) => id === other);
      expect(of(twice)).toBe(of(four));
    }
    expect(dan.kid).toBe(four.witnesses[3]?.keys[0]?.kid);
  });
});
