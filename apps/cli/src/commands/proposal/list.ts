import { PROPOSAL_STATES } from "@sigil/policy";
import type { QueryOf } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { summaryRow } from "../../domain/show/proposal.ts";
import { table } from "../../domain/table.ts";

type State = QueryOf<"sigilderg GET /v1/proposals">["state"];

/** `sigil proposal list`: what waits for somebody, the most trusted proposers first, then the oldest. */
export function proposalList({ withDoor, now }: Pick<Needs, "withDoor" | "now">): Command {
  return {
    path: "proposal list",
    action: "proposal.read",
    group: "Govern",
    summary: "list proposals that wait for somebody, those of the highest proposers first, then the oldest",
    options: [
      {
        flags: "--state <state>",
        summary: "only in this state (default: waiting, which is open or approved)",
        choices: ["waiting", "any", ...PROPOSAL_STATES],
      },
      { flags: "--action <action>", summary: "only for this action, such as policy.change" },
      { flags: "--proposer <name>", summary: "only by this principal" },
      { flags: "--limit <n>", summary: "at most this many, 1 to 200 (default 50)" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
    ],
    examples: ["proposal list", "proposal list --state any --action policy.change"],
    answer: "sigilderg GET /v1/proposals",
    run: (input) =>
      withDoor(input.settings, "proposal.read", async (door) => {
        const state = input.option("state") ?? "waiting";
        const { body } = await door.call("sigilderg GET /v1/proposals", {
          query: {
            state: state === "any" ? undefined : (state as State),
            action: input.option("action"),
            proposer: input.option("proposer"),
            limit: input.count("limit", 1, 200),
            cursor: input.option("cursor"),
          },
        });
        return {
          json: body,
          text: (style) => [
            ...(body.proposals.length === 0
              ? [state === "waiting" ? "no proposal waits for anybody" : "no such proposals"]
              : []),
            ...table(body.proposals.map((summary) => summaryRow(summary, now(), style))),
            ...(body.next === null ? [] : [style.dim(`more: --cursor ${body.next}`)]),
          ],
        };
      }),
  };
}
