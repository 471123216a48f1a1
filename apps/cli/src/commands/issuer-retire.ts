import { type Command, invalid } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";

/** `sigil issuer retire <kid>`: from then on no licence of this issuer is good. */
export function issuerRetire({ withDoor, issuerVault }: Pick<Needs, "withDoor" | "issuerVault">): Command {
  return {
    path: "issuer retire",
    action: "issuer.change",
    group: "Administer",
    summary: "end an issuer key: none of its licences is good any more",
    arguments: [{ usage: "<kid>", summary: "the issuer key; `sigil issuer list` shows them" }],
    options: [{ flags: "--reason <text>", summary: "why; it is recorded and stays" }],
    async run(input) {
      const kid = input.argument("kid");
      const reason = input.option("reason");
      if (reason === undefined) throw invalid("a retirement needs --reason", "--reason rotation");
      return withDoor(input.settings, "issuer.change", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/issuers/:kid/retirement", {
          params: { kid },
          body: { reason },
        });
        issuerVault(input.settings).ended(kid, body.index);
        return { json: body, text: (style) => [`${style.good("retired")}  ${kid}, record ${body.record}`] };
      });
    },
  };
}
