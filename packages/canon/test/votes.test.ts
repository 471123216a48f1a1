import { describe, expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { ballot, firstSet, proposal, voteAt } from "./quorum.ts";

describe("votes on a proposal", () => {
  const about = proposal();
  const digest = canon.proposalDigest(about);
  const set = firstSet();

  test("two witnesses of other principals reach a k of two", () => {
    const votes = (["bea", "cid"] as const).map((each, n) =>
      canon.verifyVote(voteAt(20 + n, ballot(each, about)), set),
    );
    const { approve, reject, void: none } = canon.countVotes({ proposal: about, digest }, votes, set);
    expect(approve.map(({ vote }) => vote.attestation.witness)).toEqual(["w-bea", "w-cid"]);
    expect([reject, none]).toEqual([[], []]);
  });

  test("the proposer's own vote is refused", () => {
    expect(() => canon.admitVote(ballot("ada", about), { proposal: about, digest, set, votes: [] })).toThrow(
      expect.objectContaining({ code: "self-attestation" }),
    );
  });
});
