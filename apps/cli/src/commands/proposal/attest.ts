import { VOTED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { castVote } from "../../domain/quorum/cast.ts";
import { SIGNING, type Signing } from "../../domain/quorum/vote.ts";

type Wanted = Signing & Pick<Needs, "withDoor" | "runtimeOf" | "tell">;

/** `sigil proposal attest <id>`: agrees to exactly what is shown, signed on this machine with the witness's sealed key. */
export function proposalAttest(needs: Wanted): Command {
  return {
    path: "proposal attest",
    action: "proposal.attest",
    group: "Govern",
    summary: "agree to a proposal as a witness, signing on this machine what it shows",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    options: SIGNING,
    examples: ["proposal attest 01a20aa4-5270-7021-a3bb-82fc72a97e42 --key bea.key"],
    answer: VOTED,
    run: (input) => castVote(needs, input, "approve"),
  };
}
