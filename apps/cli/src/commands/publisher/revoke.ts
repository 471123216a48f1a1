import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil publisher revoke <kid>`: none of a publisher's modules runs any more, for good. */
export function publisherRevoke({ withDoor, quorumMode }: Pick<Needs, "withDoor" | "quorumMode">): Command {
  return {
    path: "publisher revoke",
    action: "publisher.change",
    group: "Govern",
    summary: "let no module of a publisher run any more, for good; in quorum mode propose it",
    arguments: [{ usage: "<kid>", summary: "fingerprint; `sigil publisher list` shows it" }],
    options: GOVERNING,
    examples: ["publisher revoke wHnmi6mhs8vdxDTptKAayP0yfSF1mKtG8sRYSk61lwY --reason 'key stolen'"],
    answer: ["sigilderg POST /v1/publishers/:kid/revocation", PROPOSED],
    async run(input) {
      const kid = input.argument("kid");
      const reason = reasonOf(input);
      return govern({ withDoor, quorumMode }, input, {
        action: "publisher.change",
        request: { change: "revoke", kid },
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/publishers/:kid/revocation", {
            params: { kid },
            body: { reason },
          });
          return {
            json: body,
            text: (style) => [
              `${style.good("revoked")}  ${kid}, record ${body.record} (solo: one person decided)`,
              "  none of its modules runs or is registered any more; its key never comes back",
            ],
          };
        },
      });
    },
  };
}
