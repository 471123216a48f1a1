import { VOTED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { castVote } from "../../domain/quorum/cast.ts";
import { SIGNING } from "../../domain/quorum/vote.ts";
import type { proposalAttest } from "./attest.ts";

/** `sigil proposal reject <id>`: a vote against exactly what is shown, signed on this machine. */
export function proposalReject(needs: Parameters<typeof proposalAttest>[0]): Command {
  return {
    path: "proposal reject",
    action: "proposal.attest",
    group: "Govern",
    summary: "vote against a proposal as a witness, signing on this machine what it shows",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    options: SIGNING,
    examples: ["proposal reject 01a20aa4-5270-7021-a3bb-82fc72a97e42 --key bea.key --reason 'too wide'"],
    answer: VOTED,
    run: (input) => castVote(needs, input, "reject"),
  };
}
