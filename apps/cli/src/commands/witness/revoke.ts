import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, propose } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil witness revoke <id>`: proposes that nothing a witness signs counts any more. */
export function witnessRevoke({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "witness revoke",
    action: "proposal.create",
    group: "Govern",
    summary: "propose that a witness is revoked for good, with every vote of it that is not committed",
    arguments: [{ usage: "<id>", summary: "the witness; `sigil witness list` shows them" }],
    options: GOVERNING,
    examples: ["witness revoke w-bea --reason 'left the project'"],
    answer: PROPOSED,
    run: (input) =>
      propose(withDoor, input, { action: "witness.revoke", request: { id: input.argument("id") } }),
  };
}
