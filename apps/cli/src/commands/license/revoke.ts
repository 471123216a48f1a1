import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil license revoke <id>`: from its answer on the licence opens nothing, nor do its open runs. */
export function licenseRevoke({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "license revoke",
    action: "license.revoke",
    group: "Give access",
    summary: "revoke a licence, at once and for good",
    arguments: [{ usage: "<id>", summary: "id of the licence, as `sigil license list` shows it" }],
    options: [{ flags: "--reason <text>", summary: "why; it is recorded" }],
    examples: ["license revoke 01a20aa4-5270-7021-a3bb-82fc72a97e42 --reason 'the laptop was stolen'"],
    answer: "sigilderg POST /v1/licences/:jti/revocation",
    run(input) {
      const jti = input.argument("id");
      const reason = input.option("reason");
      if (reason === undefined || reason === "")
        throw invalid("a revocation needs --reason", "For example: --reason 'the laptop was stolen'");
      return withDoor(input.settings, "license.revoke", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/licences/:jti/revocation", {
          params: { jti },
          body: { reason },
        });
        return {
          json: body,
          text: (style) => [
            `${style.good("revoked")} ${jti}`,
            ...table(
              [
                ["record", body.id],
                ["decision", body.decision],
                ["runs ended", String(body.runs)],
              ],
              "  ",
            ),
          ],
        };
      });
    },
  };
}
