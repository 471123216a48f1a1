import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { TS } from "./fixture.ts";
import {
  at,
  ballot,
  firstSet,
  hash,
  newKey,
  type Person,
  proof,
  proposal,
  voteAt,
  witnessKeys,
} from "./quorum.ts";
import { refusal } from "./said.ts";

const about = proposal();
const digest = canon.proposalDigest(about);
const set = firstSet();
const all = { version: 2, reason: "x", mode: "quorum" };
const added = canon.changeWitnesses(
  set,
  at(15, { ...all, change: "add", witness: proof("dan", witnessKeys.dan) }),
);
const revoked = canon.changeWitnesses(added, at(40, { ...all, version: 3, change: "revoke", id: "w-bea" }));
const next = newKey();
const statement = proof("bea", next, { replaces: witnessKeys.bea.kid });
const rotated = (old: boolean) =>
  canon.changeWitnesses(
    set,
    at(40, {
      ...all,
      change: "rotate",
      witness: statement,
      old: old ? canon.handOver(statement.statement, witnessKeys.bea) : null,
    }),
  );

const cast = (votes: readonly (readonly [Person, Partial<canon.Attestation>?])[], from = 20) =>
  votes.map(([each, changes], n) => canon.verifyVote(voteAt(from + n, ballot(each, about, changes)), added));
const counted = (
  votes: readonly canon.VerifiedVote[],
  by: canon.WitnessSet = added,
  leaf?: number,
  of = about,
) => {
  const { approve, reject, void: others } = canon.countVotes({ proposal: of, digest }, votes, by, leaf);
  return [approve.length, reject.length, others.map(({ code }) => code)];
};

describe("votes are counted", () => {
  test.each<[string, Parameters<typeof cast>[0], unknown[]]>([
    ["by distinct witnesses", [["bea"], ["cid"]], [2, 0, []]],
    [
      "once each: the first",
      [["bea"], ["bea", { verdict: "reject" }], ["cid"]],
      [2, 0, ["duplicate-witness"]],
    ],
    ["never by the proposer", [["ada"], ["cid"]], [1, 0, ["self-attestation"]]],
    ["only of those eligible when it was created", [["dan"], ["cid"]], [1, 0, ["not-eligible"]]],
    [
      "only for this very proposal",
      [["bea", { proposalDigest: hash(7) }], ["cid"]],
      [1, 0, ["wrong-digest"]],
    ],
    ["for and against", [["bea"], ["cid", { verdict: "reject" }]], [1, 1, []]],
  ])("%s", (_, votes, expected) => {
    expect(counted(cast(votes))).toEqual(expected);
  });

  test("in the order of their leaves, whatever order they come in, and never by iat", () => {
    const votes = cast([
      ["bea", { iat: "2030-01-01T00:00:00.000Z" }],
      ["bea", { verdict: "reject", iat: TS }],
    ]);
    expect(counted(votes)).toEqual([1, 0, ["duplicate-witness"]]);
    expect(counted(votes.toReversed())).toEqual([1, 0, ["duplicate-witness"]]);
  });

  test("of a witness revoked since not for a later commit, and for one before it still", () => {
    const votes = cast([["bea"], ["cid"]]);
    expect(counted(votes, revoked)).toEqual([1, 0, ["revoked-key"]]);
    expect(counted(votes, revoked, 40)).toEqual([1, 0, ["revoked-key"]]);
    expect(counted(votes, revoked, 39)).toEqual([2, 0, []]);
  });

  test("by a key that handed over since, and not by one that was lost", () => {
    const votes = cast([["bea"], ["cid"]]);
    expect(counted(votes, rotated(true))).toEqual([2, 0, []]);
    expect(counted(votes, rotated(false))).toEqual([1, 0, ["revoked-key"]]);
  });

  test("by principal: a person under two ids has one", () => {
    const twice = canon.changeWitnesses(
      revoked,
      at(50, { ...all, version: 4, change: "add", witness: proof("bea", next, { id: "w-bea2" }) }),
    );
    const attestation = { proposalDigest: digest, verdict: "approve", witness: "w-bea2", iat: TS } as const;
    const again = canon.verifyVote(voteAt(60, canon.signAttestation(attestation, next)), twice);
    const of = { ...about, eligible: ["w-bea", "w-bea2", "w-cid"] };
    expect(counted([...cast([["bea"]]), again], twice, undefined, of)).toEqual([
      0,
      0,
      ["revoked-key", "duplicate-witness"],
    ]);
  });
});

describe("a vote is refused at the door", () => {
  const admit = (vote: unknown, by: canon.WitnessSet = added, votes: readonly canon.VerifiedVote[] = []) =>
    refusal(() => canon.admitVote(vote, { proposal: about, digest, set: by, votes }));
  const good = ballot("bea", about);
  const other = ballot("cid", about);

  test.each<[string, string | undefined, unknown, canon.WitnessSet?, (readonly canon.VerifiedVote[])?]>([
    ["nothing: a sound one is taken", undefined, good],
    ["a second by the same witness", "duplicate-witness", good, added, cast([["bea"]])],
    [
      "a second after the first one's key was lost",
      "duplicate-witness",
      ballotBy(next),
      rotated(false),
      cast([["bea"]]),
    ],
    ["the proposer", "self-attestation", ballot("ada", about)],
    ["a witness that came later", "not-eligible", ballot("dan", about)],
    ["nobody's", "unknown-witness", ballot("eve", about)],
    ["one for another proposal", "wrong-digest", ballot("bea", proposal({ reason: "another" }))],
    ["a key that was rotated away", "revoked-key", good, rotated(true)],
    ["a key of a revoked witness", "revoked-key", good, revoked],
    ["a key that was never the witness's", "key-unknown", ballot("bea", about, { witness: "w-cid" })],
    ["two kids that differ", "key-unknown", { ...good, sig: { ...good.sig, kid: witnessKeys.cid.kid } }],
    ["another vote's signature", "signature-invalid", { ...good, sig: { ...other.sig, kid: good.sig.kid } }],
    [
      "a turned verdict",
      "signature-invalid",
      { ...good, attestation: { ...good.attestation, verdict: "reject" } },
    ],
    ["a field too many", "field-unknown", { ...good, note: "x" }],
    ["a field too few", "field-missing", { sig: good.sig }],
    [
      "a verdict that is none",
      "field-invalid",
      { ...good, attestation: { ...good.attestation, verdict: "abstain" } },
    ],
    [
      "a witness with a control character",
      "field-invalid",
      { ...good, attestation: { ...good.attestation, witness: "w-\u001b[2J" } },
    ],
    [
      "a witness of a mebibyte",
      "field-invalid",
      { ...good, attestation: { ...good.attestation, witness: "w".repeat(1 << 20) } },
    ],
    ["null", "field-invalid", null],
    ["a text", "field-invalid", "vote"],
  ])("%s: %s", (_, code, vote, by, votes) => {
    expect(admit(vote, by, votes)).toBe(code);
  });

  function ballotBy(key: typeof next) {
    const attestation = { proposalDigest: digest, verdict: "approve", witness: "w-bea", iat: TS } as const;
    return canon.signAttestation(attestation, key);
  }

  test("that was cast before its key's first leaf", () => {
    expect(refusal(() => canon.verifyVote(voteAt(10, good), set))).toBe("revoked-key");
    expect(refusal(() => canon.verifyVote(voteAt(11, good), set))).toBeUndefined();
    expect(refusal(() => canon.verifyVote(voteAt(40, good), rotated(true)))).toBe("revoked-key");
    expect(refusal(() => canon.verifyVote(voteAt(39, good), rotated(true)))).toBeUndefined();
  });
});
