import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid, type Result } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { GOVERNING, govern } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { publicKeyOf } from "../../domain/public-key.ts";

/** `sigil client-key rotate <kid>`: another key in the place of one, which goes on for an overlap. */
export function clientKeyRotate({
  withDoor,
  quorumMode,
  readText,
}: Pick<Needs, "withDoor" | "quorumMode" | "readText">): Command {
  return {
    path: "client-key rotate",
    action: "client-key.change",
    group: "Give access",
    summary: "put another envelope key in the place of one",
    arguments: [{ usage: "<kid>", summary: "the key that ends" }],
    options: [
      { flags: "--public-key <file|key>", summary: "the new Ed25519 public key: a PEM file, or base64url" },
      { flags: "--overlap-seconds <n>", summary: "how long the old key goes on, 0 to 604800 (default 0)" },
      ...GOVERNING,
    ],
    examples: [
      "client-key rotate qPeb7Ku6vBxMXYlUNFsNq0hTqTdpdNG4kiVx0V5tIcc --public-key next.pub --overlap-seconds 3600",
    ],
    answer: ["sigilderg POST /v1/client-keys/:kid/rotation", PROPOSED],
    async run(input) {
      const kid = input.argument("kid");
      const word = input.option("publicKey");
      if (word === undefined) throw invalid("a rotation needs the new key", "--public-key client.pub");
      const publicKey = publicKeyOf(word, readText);
      const overlapSeconds = input.count("overlapSeconds", 0, 604_800) ?? 0;
      const alone = async (door: Door): Promise<Result> => {
        const { body } = await door.call("sigilderg POST /v1/client-keys/:kid/rotation", {
          params: { kid },
          body: { publicKey, overlapSeconds },
        });
        const old = overlapSeconds === 0 ? "has ended" : `ends in ${overlapSeconds} s`;
        return {
          json: body,
          text: (style) => [
            `${style.good("rotated")}  ${body.kid} is in force, ${kid} ${old}`,
            "Licences that are bound to the old key need a successor with --bind-key.",
          ],
        };
      };
      return govern({ withDoor, quorumMode }, input, {
        action: "client-key.change",
        request: { change: "rotate", kid, publicKey, overlapSeconds },
        alone,
      });
    },
  };
}
