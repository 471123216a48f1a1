import {
  activeWitnesses,
  changeWitnesses,
  enterQuorum,
  type Kind,
  leastApprovals,
  type Proposal,
  proposalDigest,
  proveWitness,
  signAttestation,
  type VerifiedVote,
  verifyVote,
  type WitnessSet,
} from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import {
  ACTIONS,
  type ActionRow,
  actionRow,
  LOA,
  PROPOSAL_EVENTS,
  PROPOSAL_STATES,
  PROPOSAL_TABLE,
  type ProposalHistory,
  proposalObjection,
  proposalState,
  quorumUnreachable,
  requiredK,
} from "@sigil/policy";
import { describe, expect, test } from "vitest";

const at = (ms: number) => new Date(Date.UTC(2026, 10, 22, 12) + ms).toISOString();
const hash = (n: number) => `sha256:${String(n).padStart(64, "0")}`;
const people = ["ada", "bea", "cid", "dan", "eve"];
const keys = new Map<string, SigningKey>(people.map((each) => [each, signingKey(generateSeed())]));
const keyOf = (person: string) => keys.get(person) as SigningKey;
const proof = (person: string) =>
  proveWitness({ runtimeId: "0193", id: `w-${person}`, principal: person, replaces: null }, keyOf(person));
const set = enterQuorum("0193", {
  ...{ leaf: 1, ts: at(0), hash: hash(1) },
  payload: { v: 1, version: 1, witnesses: people.map(proof), ts: at(0) },
});
const proposal: Proposal = {
  ...{ v: 1, id: "01930000-0000-7000-8000-000000000001", runtimeId: "0193", action: "config.change" },
  entry: { kind: "config.change", stream: "system/config", loa: "Mentor" },
  ...{ content: { version: 1 }, prevHash: null, policyDigest: hash(2), requiredK: 3, witnessVersion: 1 },
  ...{ eligible: ["w-bea", "w-cid", "w-dan", "w-eve"], proposer: "ada", reason: "x" },
  ...{ createdAt: at(0), expiresAt: at(10_000) },
};
const digest = proposalDigest(proposal);
let leaf = 10;
const vote = (
  person: string,
  ms: number,
  verdict: "approve" | "reject" = "approve",
  of = set,
): VerifiedVote => {
  const attestation = { proposalDigest: digest, verdict, witness: `w-${person}`, iat: at(0) };
  return verifyVote(
    { leaf: ++leaf, ts: at(ms), hash: hash(leaf), vote: signAttestation(attestation, keyOf(person)) },
    of,
  );
};
const approvals = ["bea", "cid", "dan"].map((each, n) => vote(each, n + 1));
const history = (changes: Partial<ProposalHistory> = {}): ProposalHistory => {
  return { proposal, digest, votes: [], set, closed: null, moved: null, ...changes };
};
const stateOf = (changes: Partial<ProposalHistory>, ms = 100) =>
  proposalState(history(changes), at(ms)).state;
/** The set after a witness was revoked, at a leaf behind everything. */
const without = (person: string, ms: number, from: WitnessSet = set) =>
  changeWitnesses(from, {
    ...{ leaf: 1000 + from.version, ts: at(ms), hash: hash(1000 + from.version) },
    payload: { change: "revoke", version: from.version + 1, id: `w-${person}`, reason: "x", mode: "quorum" },
  });

describe("how many must agree", () => {
  test("is a majority of the active, two at least, or the number of the row", () => {
    const majority = actionRow("policy.change");
    expect([0, 1, 2, 3, 4, 5, 6, 7, 64].map((n) => requiredK(majority, n))).toEqual([
      2, 2, 2, 2, 3, 3, 4, 4, 33,
    ]);
    expect(requiredK(actionRow("module.register"), 9)).toBe(2);
    expect(requiredK(actionRow("record.erase"), 9)).toBe(1);
    for (const action of ["memory.write", "proposal.commit", "store.backup"])
      expect(requiredK(actionRow(action), 9)).toBe(0);
  });

  test("is asked of a licence from Mentor on", () => {
    expect(LOA.map((loa) => requiredK(actionRow("license.issue"), 5, loa))).toEqual([0, 0, 0, 1, 1]);
    expect(requiredK(actionRow("license.issue"), 5)).toBe(1);
  });

  test("is never less in the table than what a verifier without it asks", () => {
    const kinds: Record<string, Kind> = {
      ...{
        "policy.change": "policy.change",
        "trust-model.change": "trust-model.change",
        "config.change": "config.change",
      },
      ...{
        "log-policy.change": "log.policy",
        "issuer.change": "issuer.change",
        "client-key.change": "client-key.change",
      },
      ...{
        "witness.add": "witness.change",
        "witness.rotate": "witness.change",
        "witness.revoke": "witness.change",
      },
    };
    for (const [action, kind] of Object.entries(kinds))
      expect([action, leastApprovals({ kind, payload: {} })]).toEqual([action, actionRow(action).quorum]);
    for (const change of ["register", "revoke", "reinstate"])
      expect(leastApprovals({ kind: "module.change", payload: { change } })).toBe(
        actionRow(`module.${change}`).quorum,
      );
    expect(leastApprovals({ kind: "system.lockdown", payload: { state: "left" } })).toBe(
      actionRow("lockdown.leave").quorum,
    );
    const { quorum, quorumFrom } = actionRow("license.issue");
    for (const loa of LOA)
      expect(leastApprovals({ kind: "license.issue", payload: { loa } })).toBe(
        LOA.indexOf(loa) >= LOA.indexOf(quorumFrom ?? "Guest") ? quorum : undefined,
      );
  });

  test("must leave one to spare: k + 1 active witnesses, or the change is refused by its row", () => {
    expect(quorumUnreachable(ACTIONS, 2)).toMatch(
      /^module\.register needs 2 of 2 active witnesses; 3 must be active/,
    );
    expect(quorumUnreachable(ACTIONS, 3)).toBeUndefined();
    const one: ActionRow[] = [actionRow("record.erase")];
    expect([0, 1, 2].map((n) => quorumUnreachable(one, n) === undefined)).toEqual([false, false, true]);
    for (let n = 3; n <= 64; n++) expect(quorumUnreachable(ACTIONS, n)).toBeUndefined();
  });
});

describe("the state of a proposal", () => {
  test.each<[string, string, Partial<ProposalHistory>, number?]>([
    ["without votes", "open", {}],
    ["one approval short", "open", { votes: approvals.slice(0, 2) }],
    ["with k approvals", "approved", { votes: approvals }],
    ["with k approvals and one against", "approved", { votes: [...approvals, vote("eve", 9, "reject")] }],
    [
      "in solo mode, at once",
      "approved",
      { set: null, proposal: { ...proposal, requiredK: 0, eligible: [] } },
    ],
    ["one millisecond before its end", "approved", { votes: approvals }, 9_999],
    ["at its end", "expired", { votes: approvals }, 10_000],
    ["when its stream went on", "stale", { votes: approvals, moved: at(50) }],
    [
      "with so many against that k cannot be reached",
      "rejected",
      { votes: [vote("bea", 1, "reject"), vote("cid", 2, "reject")] },
    ],
    ["with one against of four, three needed", "open", { votes: [vote("bea", 1, "reject")] }],
    [
      "that nobody could ever approve",
      "rejected",
      { proposal: { ...proposal, eligible: ["w-bea", "w-cid"] } },
    ],
    ["with two eligible revoked", "rejected", { set: without("dan", 6, without("cid", 5)) }],
    ["with one approval revoked and one to come", "open", { votes: approvals, set: without("bea", 5) }],
    [
      "committed, whatever comes",
      "committed",
      { votes: approvals, closed: "committed", moved: at(50) },
      99_999,
    ],
    [
      "withdrawn, whatever comes",
      "withdrawn",
      { votes: approvals, closed: "withdrawn", moved: at(50) },
      99_999,
    ],
    ["with an approval of a suspended witness", "open", { votes: approvals, suspended: ["w-bea"] }],
  ])("%s is %s", (_, state, changes, ms) => {
    expect(stateOf(changes, ms)).toBe(state);
  });

  test.each<[string, string, Partial<ProposalHistory>, number]>([
    [
      "its stream goes on in the very millisecond of its end",
      "expired",
      { moved: at(10_000), votes: approvals },
      99_999,
    ],
    ["its end comes first", "expired", { moved: at(10_001), votes: approvals }, 99_999],
    ["its stream goes on first", "stale", { moved: at(9_999), votes: approvals }, 99_999],
    [
      "it is rejected first",
      "rejected",
      { moved: at(60), votes: [vote("bea", 1, "reject"), vote("cid", 2, "reject")] },
      99_999,
    ],
    [
      "witnesses are revoked after it went stale",
      "stale",
      { moved: at(4), set: without("dan", 6, without("cid", 5)) },
      99_999,
    ],
  ])("keeps its first end: %s", (_, state, changes, ms) => {
    expect(stateOf(changes, ms)).toBe(state);
  });

  test("says how many it has and needs, who is missing, and since when it is over", () => {
    const { have, need, missing, against, since } = proposalState(
      history({ votes: [approvals[0] as VerifiedVote, vote("eve", 3, "reject")] }),
      at(20_000),
    );
    expect({ have, need, missing, against, since }).toEqual({
      have: 1,
      need: 3,
      missing: ["w-cid", "w-dan"],
      against: 1,
      since: at(10_000),
    });
  });

  test("does not name a revoked witness as missing", () => {
    const left = without("cid", 5);
    expect(activeWitnesses(left)).toHaveLength(4);
    expect(proposalState(history({ set: left }), at(10)).missing).toEqual(["w-bea", "w-dan", "w-eve"]);
  });
});

describe("what a proposal takes", () => {
  const histories: Record<(typeof PROPOSAL_STATES)[number], [Partial<ProposalHistory>, number]> = {
    open: [{}, 1],
    approved: [{ votes: approvals }, 5],
    committed: [{ votes: approvals, closed: "committed" }, 5],
    rejected: [{ votes: [vote("bea", 1, "reject"), vote("cid", 2, "reject")] }, 5],
    expired: [{ votes: approvals }, 10_000],
    withdrawn: [{ closed: "withdrawn" }, 5],
    stale: [{ votes: approvals, moved: at(4) }, 5],
  };
  const expected = {
    open: [undefined, undefined, undefined, "quorum-not-reached"],
    approved: [undefined, undefined, undefined, undefined],
    committed: Array(4).fill("proposal-closed"),
    rejected: Array(4).fill("proposal-closed"),
    expired: Array(4).fill("proposal-expired"),
    withdrawn: Array(4).fill("proposal-closed"),
    stale: Array(4).fill("proposal-stale"),
  };

  test.each(PROPOSAL_STATES)("while %s is the table's, for every event, with its remedy", (name) => {
    const [changes, ms] = histories[name];
    const state = proposalState(history(changes), at(ms));
    expect(state.state).toBe(name);
    expect(PROPOSAL_EVENTS.map((event) => proposalObjection(state, event)?.code)).toEqual(expected[name]);
    for (const event of PROPOSAL_EVENTS) {
      const objection = proposalObjection(state, event);
      expect(objection?.code ?? null).toBe(PROPOSAL_TABLE[name][event]);
      expect(objection?.detail ?? "create another").toMatch(/create another|may still vote/);
    }
  });

  test("of a commit without a quorum says how many it has, needs, and who is missing", () => {
    const state = proposalState(history({ votes: approvals.slice(0, 1) }), at(5));
    expect(proposalObjection(state, "commit")?.detail).toBe(
      "1 of 3 approvals; w-cid, w-dan, w-eve may still vote",
    );
  });
});
