import { z } from "zod";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { GOVERNING, govern } from "../../domain/govern.ts";
import { issuerLeaf, issuerState } from "../../domain/issuer-records.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil issuer retire <kid>`: from then on no licence of this issuer is good. */
export function issuerRetire({
  withDoor,
  quorumMode,
  issuerVault,
}: Pick<Needs, "withDoor" | "quorumMode" | "issuerVault">): Command {
  return {
    path: "issuer retire",
    action: "issuer.change",
    group: "Give access",
    summary: "end an issuer key: none of its licences is good any more",
    arguments: [{ usage: "<kid>", summary: "the issuer key; `sigil issuer list` shows them" }],
    options: GOVERNING,
    examples: ["issuer retire qPeb7Ku6vBxMXYlUNFsNq0hTqTdpdNG4kiVx0V5tIcc --reason rotation"],
    answer: [
      "sigilderg POST /v1/issuers/:kid/retirement",
      z.strictObject({ kid: z.string(), index: z.int() }),
      PROPOSED,
    ],
    async run(input) {
      const kid = input.argument("kid");
      const reason = input.option("reason");
      if (reason === undefined) throw invalid("a retirement needs --reason", "--reason rotation");
      // What others agreed to, and what was interrupted, is brought to its end here: the trust file learns of it.
      const state = await withDoor(input.settings, "config.read", (door) => issuerState(door, kid));
      if (state === "retired")
        return withDoor(input.settings, "canon.read", async (door) => {
          const index = await issuerLeaf(door, "retire", kid);
          issuerVault(input.settings).ended(kid, index);
          return {
            json: { kid, index },
            text: (style) => [`${style.good("retired")}  ${kid}, at leaf ${index}; the trust file says so`],
          };
        });
      return govern({ withDoor, quorumMode }, input, {
        action: "issuer.change",
        request: { change: "retire", kid, reason },
        afterwards: `Once it is committed, on this machine again, so that the trust file says so: sigil issuer retire ${kid} --reason '…'`,
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/issuers/:kid/retirement", {
            params: { kid },
            body: { reason },
          });
          issuerVault(input.settings).ended(kid, body.index);
          return { json: body, text: (style) => [`${style.good("retired")}  ${kid}, record ${body.record}`] };
        },
      });
    },
  };
}
