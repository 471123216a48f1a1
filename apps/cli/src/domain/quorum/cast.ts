import type { ResponseOf } from "@sigil/wire";
import { type Input, invalid, type Result } from "../command.ts";
import { CliError } from "../error.ts";
import type { Needs } from "../needs.ts";
import {
  changeLines,
  isFinal,
  nextLines,
  signedLines,
  standingText,
  stateWord,
  todayLines,
} from "../show/proposal.ts";
import { PLAIN, type Style } from "../style.ts";
import { requireMay } from "./may.ts";
import { fetchProposal } from "./proposal.ts";
import { confirmSigning, type Signing, signVote, type Verdict } from "./vote.ts";
import { voterOf } from "./witness.ts";
import { witnessKeyHeader } from "./witness-key.ts";

type Wanted = Signing & Pick<Needs, "withDoor" | "runtimeOf" | "tell">;

/** Shows a proposal, asks, signs a vote on it here, and hands it in. */
export function castVote(needs: Wanted, input: Input, verdict: Verdict): Promise<Result> {
  const { withDoor, runtimeOf, readText, tell, now } = needs;
  const file = keyFileOf(input);
  const { kid } = witnessKeyHeader(file, readText(file));
  return withDoor(input.settings, "proposal.attest", async (door) => {
    // Whether at all, as if it led out of a lockdown; and once it is known, whether on this one.
    await requireMay(door, "proposal.attest", "lockdown.leave");
    const checked = await fetchProposal(door, input.argument("id"), runtimeOf(input.settings));
    const { proposal, digest, detail } = checked;
    if (isFinal(detail.state))
      throw new CliError(
        "proposal-ended",
        nextLines(proposal.id, detail, PLAIN).join(" "),
        "What waits for you: sigil proposal list",
      );
    await requireMay(door, "proposal.attest", proposal.action);
    const { witnesses } = (await door.call("sigilderg GET /v1/witnesses")).body;
    const voter = voterOf(kid, file, witnesses);
    tell((style) => [
      `${style.bold(verdict === "approve" ? "You are asked to approve" : "You are about to reject")} as ${voter.id} (${voter.principal})`,
      ...signedLines(checked, now(), style),
      ...changeLines(checked, style),
      "",
      ...todayLines(detail.approvedToday),
    ]);
    await confirmSigning(needs, input, verdict, { id: proposal.id, digest });
    const vote = await signVote(needs, input, { file, voter, verdict, digest });
    const { body } = await door.call("sigilderg POST /v1/proposals/:id/attestations", {
      params: { id: proposal.id },
      body: { vote, reason: input.option("reason") ?? "" },
    });
    return {
      json: { ...body, proposal: proposal.id, digest, vote },
      text: (style) => votedLines(proposal.id, verdict, voter.id, body, style),
    };
  });
}

export function keyFileOf(input: Input): string {
  const file = input.option("key");
  if (file !== undefined) return file;
  throw invalid("a vote is signed with a witness's key", "--key <file>, which `sigil witness key` wrote");
}

/** What a vote has come to, and what comes next. */
export function votedLines(
  id: string,
  verdict: Verdict,
  witness: string,
  answer: ResponseOf<"sigilderg POST /v1/proposals/:id/attestations">,
  style: Style,
): string[] {
  const said = verdict === "approve" ? style.good("approved") : style.bad("rejected");
  return [
    `${said}  proposal ${id} as ${witness}, record ${answer.record.id}`,
    `  ${stateWord(answer.state, style)}: ${standingText(answer)}`,
    ...nextLines(id, answer, style),
  ];
}
