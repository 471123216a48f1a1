import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid, type Result } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { GOVERNING, govern } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { publicKeyOf } from "../../domain/public-key.ts";
import { table } from "../../domain/table.ts";

/** `sigil client-key add`: enrols the key with which somebody else's program seals its requests. */
export function clientKeyAdd({
  withDoor,
  quorumMode,
  readText,
}: Pick<Needs, "withDoor" | "quorumMode" | "readText">): Command {
  return {
    path: "client-key add",
    action: "client-key.change",
    group: "Give access",
    summary: "enrol the envelope key of a program that calls SigilDERG",
    options: [
      { flags: "--principal <name>", summary: "whose key it is: the subject of its licences" },
      {
        flags: "--public-key <file|key>",
        summary: "Ed25519 public key: a PEM file, or 43 characters of base64url",
      },
      {
        flags: "--route <route>",
        summary: "a route that it may call, such as 'POST /v1/memory'; may be repeated (default *)",
        repeat: true,
      },
      ...GOVERNING,
    ],
    examples: ["client-key add --principal ci --public-key client.pub --route 'POST /v1/memory'"],
    answer: ["sigilderg POST /v1/client-keys", PROPOSED],
    async run(input) {
      const principal = input.option("principal");
      const word = input.option("publicKey");
      if (principal === undefined || word === undefined)
        throw invalid(
          "a client key needs --principal and --public-key",
          "For example: sigil client-key add --principal ci --public-key client.pub --route 'POST /v1/memory'",
        );
      const publicKey = publicKeyOf(word, readText);
      const given = input.repeated("route");
      const routes = given.length === 0 ? ["*"] : given;
      const request = { principal, publicKey, routes };
      const alone = async (door: Door): Promise<Result> => {
        const { body } = await door.call("sigilderg POST /v1/client-keys", { body: request });
        return {
          json: body,
          text: (style) => [
            `${style.good("enrolled")} for ${principal}`,
            ...table(
              [
                ["kid", body.kid],
                ["routes", routes.join(", ")],
                ["record", body.record],
                ["decision", body.decision],
              ],
              "  ",
            ),
            style.dim(
              `A licence bound to it: sigil license issue --principal ${principal} --loa … --bind-key ${body.kid}`,
            ),
          ],
        };
      };
      return govern({ withDoor, quorumMode }, input, {
        action: "client-key.change",
        request: { change: "add", ...request },
        alone,
      });
    },
  };
}
