import { fromBase64url, verifyKey } from "@sigil/crypto";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { publicKeyOf } from "../../domain/public-key.ts";

/** `sigil publisher add`: pins a key whose holder's module packages may be installed. */
export function publisherAdd({
  withDoor,
  quorumMode,
  readText,
}: Pick<Needs, "withDoor" | "quorumMode" | "readText">): Command {
  return {
    path: "publisher add",
    action: "publisher.change",
    group: "Govern",
    summary: "let the modules of a publisher be installed; in quorum mode propose it",
    options: [
      { flags: "--name <name>", summary: "what this runtime calls the publisher" },
      {
        flags: "--public-key <file|key>",
        summary: "Ed25519 public key: a PEM file, or 43 characters of base64url",
      },
      ...GOVERNING,
    ],
    examples: ["publisher add --name acme --public-key acme.pub --reason 'fingerprint read out by phone'"],
    answer: ["sigilderg POST /v1/publishers", PROPOSED],
    async run(input) {
      const name = input.option("name");
      const word = input.option("publicKey");
      if (name === undefined || word === undefined)
        throw invalid(
          "a publisher needs --name and --public-key",
          "For example: sigil publisher add --name acme --public-key acme.pub --reason 'we know them'",
        );
      const reason = reasonOf(input);
      const request = { name, publicKey: publicKeyOf(word, readText) };
      return govern({ withDoor, quorumMode }, input, {
        action: "publisher.change",
        request: { change: "add", ...request },
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/publishers", { body: { ...request, reason } });
          return {
            json: body,
            text: (style) => [
              `${style.good("pinned")}  ${name}, record ${body.record} (solo: one person decided)`,
              `  fingerprint ${verifyKey(fromBase64url(request.publicKey)).kid}`,
              "  its packages may be installed and registered from now on",
            ],
          };
        },
      });
    },
  };
}
