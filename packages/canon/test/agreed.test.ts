import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { draft, id, TS } from "./fixture.ts";
import {
  at,
  ballot,
  firstSet,
  hash,
  type Person,
  proof,
  proposal,
  RUNTIME,
  voteAt,
  witnessKeys,
} from "./quorum.ts";
import { said } from "./said.ts";

const CREATED = 20;
const EFFECT = 30;
const END = 40;
const LAST = "2026-11-23T11:59:59.999Z";
const EXPIRES = "2026-11-23T12:00:00.000Z";
const set = firstSet();
const second = canon.changeWitnesses(
  set,
  at(25, {
    ...{ version: 2, reason: "x", mode: "quorum", change: "add" },
    witness: proof("dan", witnessKeys.dan),
  }),
);

const record = (changes: Partial<canon.RecordDraft> = {}, place: Partial<canon.Place> = {}) =>
  canon.completeDraft(
    draft(50, {
      ...{ kind: "config.change", space: "system", stream: "system/config", loa: "Mentor" },
      ...changes,
    }),
    { seq: 0, prev: null, ts: TS, ...place },
  );
const written = record();

interface Twist {
  readonly proposal?: Partial<canon.Proposal>;
  readonly created?: Partial<canon.Commitment["proposal"]>;
  readonly effect?: Partial<canon.Commitment["effect"]>;
  readonly end?: Partial<canon.Commitment["end"]>;
  readonly payload?: Partial<canon.CommittedEnd>;
  readonly votes?: readonly (readonly [Person, leaf: number])[];
  readonly sets?: readonly canon.WitnessSet[];
}

/** What `requireAgreed` says of one change, agreed to by bea and cid, with one thing that is not as it must be. */
function verdict(twist: Twist = {}): string {
  const about = proposal(twist.proposal);
  const digest = canon.proposalDigest(about);
  const sets = twist.sets ?? [set];
  const last = sets.at(-1) as canon.WitnessSet;
  const votes = (twist.votes ?? [["bea", 21] as const, ["cid", 22] as const]).map(([person, leaf]) =>
    canon.verifyVote(voteAt(leaf, ballot(person, about)), last),
  );
  const effect = {
    record: written,
    index: EFFECT,
    draftDigest: hash(1),
    contentDigest: hash(2),
    ...twist.effect,
  };
  const { kind, stream } = effect.record;
  const payload: canon.CommittedEnd = {
    state: "committed",
    proposal: about.id,
    digest,
    created: hash(3),
    votes: votes.map((each) => each.hash),
    witnessVersion: last.version,
    witnessRecord: last.record,
    effects: [{ id: effect.record.id, kind, stream, digest: hash(1) }],
    ...twist.payload,
  };
  const created = { proposal: about, digest, contentDigest: hash(2), index: CREATED, ...twist.created };
  const end = { payload, stream: `proposal/${about.id}`, ts: TS, index: END, ...twist.end };
  let found = "";
  const refused = said(() => {
    found = canon.requireAgreed({ effect, proposal: created, end, votes, sets }, RUNTIME);
  });
  return found || refused;
}

const named = (n: number, kind: canon.Kind, digest = hash(1)) => ({
  id: id(n),
  kind,
  stream: "system/x",
  digest,
});
const erased = (n: number) =>
  record({ id: id(n), kind: "record.erased", stream: `system/erasure/${n}` }, { ts: LAST });

describe("what a committed proposal wrote", () => {
  test("is agreed by the witnesses who approved it", () => {
    expect(verdict()).toBe("approved by w-bea, w-cid; 2 were needed");
  });

  test.each<[what: string, twist: Twist, sentence: string]>([
    [
      "is the record that the end names, by digest",
      { effect: { draftDigest: hash(4) } },
      `${written.id} is not the record that the proposal's end names`,
    ],
    [
      "is named at all",
      { payload: { effects: [named(51, "config.change")] } },
      `${written.id} is not the record that the proposal's end names`,
    ],
    [
      "is alone",
      { payload: { effects: [named(50, "config.change"), named(51, "config.change")] } },
      "a proposal writes one record, and its end names several",
    ],
    [
      "is alone, also beside a receipt",
      { payload: { effects: [named(50, "config.change"), named(51, "record.erased")] } },
      "a proposal writes one record, and its end names several",
    ],
    [
      "ends in the proposal's stream",
      { end: { stream: "proposal/other" } },
      "the end of the proposal stands in another stream",
    ],
    [
      "ends by the proposal's digest",
      { payload: { digest: hash(5) } },
      `the proposal's digest is ${canon.proposalDigest(proposal())}, its end says ${hash(5)}`,
    ],
    [
      "is of the proposal that the end is of",
      { payload: { proposal: id(7) }, end: { stream: `proposal/${id(7)}` } },
      "the proposal is another's, or of another runtime",
    ],
    [
      "is of this runtime",
      { proposal: { runtimeId: "other" } },
      "the proposal is another's, or of another runtime",
    ],
    [
      "has the kind that was voted on",
      { effect: { record: record({ kind: "policy.change" }) } },
      "the proposal is for a config.change at Mentor, this is a policy.change at Mentor",
    ],
    [
      "has the level that was voted on",
      { effect: { record: record({ loa: "Guest" }) } },
      "the proposal is for a config.change at Mentor, this is a config.change at Guest",
    ],
    [
      "is in the stream that was voted on",
      { effect: { record: record({ stream: "system/other" }) } },
      "the proposal is for system/config, the record is in system/other",
    ],
    [
      "follows the record that was the last when it was proposed",
      { effect: { record: record({}, { seq: 1, prev: hash(8) }) } },
      `the proposal is for what follows null, the record follows ${hash(8)}`,
    ],
    [
      "has the content that was voted on",
      { effect: { contentDigest: hash(6) } },
      "the record's payload is not the proposal's content",
    ],
    [
      "is the erasure that was voted on",
      {
        proposal: { entry: { kind: "record.erased", stream: "system/x", loa: "Mentor" } },
        effect: { record: record({ kind: "record.erased" }), contentDigest: hash(6) },
      },
      "the receipt is of another erasure than the proposal",
    ],
    [
      "is written before the proposal's time is over",
      { effect: { record: record({}, { ts: EXPIRES }) } },
      `it was committed at ${TS}, and its time was over at ${EXPIRES}`,
    ],
    [
      "ends before the proposal's time is over",
      { end: { ts: EXPIRES } },
      `it was committed at ${EXPIRES}, and its time was over at ${EXPIRES}`,
    ],
    [
      "is written after the proposal",
      { created: { index: EFFECT + 1 } },
      "proposal, record and end are not in this order in the log",
    ],
    [
      "is written before the end",
      { end: { index: EFFECT - 1 } },
      "proposal, record and end are not in this order in the log",
    ],
    [
      "was committed under the present version of the witness set",
      { payload: { witnessVersion: 0 } },
      "the commit names another witness set than version 1",
    ],
    [
      "was committed under the record that made that version",
      { payload: { witnessRecord: hash(9) } },
      "the commit names another witness set than version 1",
    ],
    [
      "was voted on after it was proposed",
      { votes: [["bea", CREATED - 1]] },
      "the vote at leaf 19 is not between the proposal and its commit",
    ],
    [
      "was voted on before it was written",
      {
        votes: [
          ["bea", 21],
          ["cid", EFFECT + 1],
        ],
      },
      "the vote at leaf 31 is not between the proposal and its commit",
    ],
    [
      "was proposed under a version that was in force by then",
      { sets: [set, second], proposal: { witnessVersion: 2 } },
      "no version 2 of the witness set was in force at leaf 20",
    ],
    [
      "was proposed under a version that there was",
      { proposal: { witnessVersion: 2 } },
      "no version 2 of the witness set was in force at leaf 20",
    ],
    [
      "was proposed under a version that was in force still",
      {
        sets: [set, second],
        created: { index: 26 },
        votes: [
          ["bea", 27],
          ["cid", 28],
        ],
      },
      "version 1 was not in force any more at leaf 26",
    ],
    [
      "has as many approvals as it asks for",
      { proposal: { requiredK: 3 } },
      "2 approvals count, 3 are needed",
    ],
    [
      "has as many approvals as its kind needs",
      { proposal: { requiredK: 0 }, votes: [["bea", 21]] },
      "1 approvals count, 2 are needed",
    ],
  ])("%s", (_, twist, sentence) => {
    expect(verdict(twist)).toBe(`quorum-invalid: ${sentence}`);
  });

  test("stands up to the last millisecond of the proposal's time", () => {
    const effect = { record: record({}, { ts: LAST }) };
    expect(verdict({ effect, end: { ts: LAST } })).toContain("approved by");
  });

  test("may be proposed right behind its version of the set, and just before the next", () => {
    expect(verdict({ created: { index: 11 } })).toContain("approved by");
    expect(
      verdict({
        sets: [set, second],
        created: { index: 24 },
        votes: [
          ["bea", 26],
          ["cid", 27],
        ],
      }),
    ).toBe("approved by w-bea, w-cid; 2 were needed");
  });

  test("may be several receipts of one erasure, each by its own digest and in its own stream", () => {
    const entry = { kind: "record.erased", stream: "system/erasure", loa: "Mentor" } as const;
    const effects = [named(60, "record.erased"), named(61, "record.erased", hash(7))];
    const receipt = (n: number, draftDigest: string) =>
      verdict({ proposal: { entry }, payload: { effects }, effect: { record: erased(n), draftDigest } });
    expect(receipt(60, hash(1))).toContain("approved by");
    expect(receipt(61, hash(7))).toContain("approved by");
    expect(receipt(61, hash(1))).toContain("is not the record that the proposal's end names");
  });

  test("counts approvals by the set that was in force when it was proposed", () => {
    // Four witnesses need three; the three of before needed two.
    const sets = [set, second];
    const by = {
      votes: [
        ["bea", 27],
        ["cid", 28],
      ] as const,
      created: { index: 26 },
    };
    expect(verdict({ sets, ...by, proposal: { witnessVersion: 2 } })).toBe(
      "quorum-invalid: 2 approvals count, 3 are needed",
    );
  });

  test("at a kind that needs one approval stands with one", () => {
    const licence = { payload: { loa: "Mentor" }, kind: "license.issue" } as const;
    const entry = { kind: "license.issue", stream: "system/config", loa: "Mentor" } as const;
    const one = { effect: { record: record(licence) }, votes: [["bea", 21]] as const };
    expect(verdict({ ...one, proposal: { entry, requiredK: 0 } })).toBe("approved by w-bea; 1 were needed");
    expect(verdict({ ...one, proposal: { entry, requiredK: 0 }, votes: [] })).toBe(
      "quorum-invalid: 0 approvals count, 1 are needed",
    );
  });

  test("at a kind that no row governs needs one approval", () => {
    const entry = { kind: "license.issue", stream: "system/config", loa: "Mentor" } as const;
    const effect = { record: record({ kind: "license.issue", payload: { loa: "Operator" } }) };
    expect(verdict({ effect, proposal: { entry, requiredK: 0 }, votes: [] })).toBe(
      "quorum-invalid: 0 approvals count, 1 are needed",
    );
  });
});

describe("the least approvals of a record", () => {
  const least = (kind: canon.Kind, payload: unknown) =>
    canon.leastApprovals({ kind, payload: payload as canon.JsonObject });

  test.each([
    ["license.issue", { loa: "Mentor" }, 1],
    ["license.issue", { loa: "Operator" }, undefined],
    ["license.issue", { loa: ["Mentor"] }, undefined],
    ["license.issue", {}, undefined],
    ["module.change", { change: "register" }, 2],
    ["module.change", { change: "reinstate" }, "majority"],
    ["module.change", { change: "constructor" }, undefined],
    ["system.lockdown", { state: "left" }, "majority"],
    ["system.lockdown", { state: "entered" }, undefined],
    ["policy.change", {}, "majority"],
    ["memory.block", { loa: "Mentor" }, undefined],
  ] as const)("of kind %s with %j are %s", (kind, payload, expected) => {
    expect(least(kind, payload)).toBe(expected);
  });

  test.each([
    [1, 5, 1],
    [2, 5, 2],
    ["majority", 1, 2],
    ["majority", 3, 2],
    ["majority", 4, 3],
    ["majority", 5, 3],
    ["majority", 64, 33],
  ] as const)("as a number: %s of %d active witnesses is %d", (approvals, active, expected) => {
    expect(canon.approvalsOf(approvals, active)).toBe(expected);
  });
});
