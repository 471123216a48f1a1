import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { GOVERNING, govern } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil client-key revoke <kid>`: ends a key at once and for good. */
export function clientKeyRevoke({ withDoor, quorumMode }: Pick<Needs, "withDoor" | "quorumMode">): Command {
  return {
    path: "client-key revoke",
    action: "client-key.change",
    group: "Give access",
    summary: "end an envelope key at once and for good",
    arguments: [{ usage: "<kid>", summary: "the key" }],
    options: GOVERNING,
    examples: [
      "client-key revoke qPeb7Ku6vBxMXYlUNFsNq0hTqTdpdNG4kiVx0V5tIcc --reason 'the laptop was stolen'",
    ],
    answer: ["sigilderg POST /v1/client-keys/:kid/revocation", PROPOSED],
    async run(input) {
      const kid = input.argument("kid");
      const reason = input.option("reason");
      if (reason === undefined) throw invalid("a revocation needs --reason", "--reason 'laptop lost'");
      return govern({ withDoor, quorumMode }, input, {
        action: "client-key.change",
        request: { change: "revoke", kid, reason },
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/client-keys/:kid/revocation", {
            params: { kid },
            body: { reason },
          });
          return { json: body, text: (style) => [`${style.good("revoked")}  ${kid}, record ${body.record}`] };
        },
      });
    },
  };
}
