import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import { sealedClientKey } from "../../domain/client-key.ts";
import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil key seal <file>`: a client's private key behind a passphrase, for `--client-key`. The PEM file stays as it is. */
export function keySeal({
  readText,
  writeText,
  passphrase,
  now,
}: Pick<Needs, "readText" | "writeText" | "passphrase" | "now">): Command {
  return {
    path: "key seal",
    action: "local.run",
    group: "Administer",
    summary: "put a passphrase on the private key of a program that calls SigilDERG",
    arguments: [{ usage: "<file>", summary: "the Ed25519 private key, a PEM file" }],
    options: [
      { flags: "--out <file>", summary: "the sealed key file" },
      { flags: "--force", summary: "replace that file" },
    ],
    examples: ["key seal client.pem --out client.key"],
    answer: writtenFile({ kid: z.string() }),
    async run(input) {
      const file = input.argument("file");
      const out = input.option("out");
      if (out === undefined) throw invalid("a sealed key needs a place", "--out client.key");
      const { text, kid } = await sealedClientKey(file, readText, () => passphrase(out, true), now());
      writeText(out, text, input.flag("force"));
      return {
        json: { file: out, kid },
        text: (style) => [
          `${style.good("sealed")}  ${kid} in ${out}`,
          style.dim(`${file} is unchanged: delete it once ${out} has opened with --client-key.`),
        ],
      };
    },
  };
}
