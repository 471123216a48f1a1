import { toBase64url } from "@sigil/crypto";
import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import { PUBLISHER } from "../../domain/author/publisher-key.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { CliError } from "../../domain/error.ts";
import type { Needs } from "../../domain/needs.ts";
import { newSealedKey } from "../../domain/sealed-key.ts";
import { table } from "../../domain/table.ts";

/** `sigil module key`: draws a publisher's key into a sealed file, and says its public half. */
export function moduleKey({
  readTextIfThere,
  writeText,
  passphrase,
  now,
}: Pick<Needs, "readTextIfThere" | "writeText" | "passphrase" | "now">): Command {
  return {
    path: "module key",
    action: "local.run",
    group: "Make modules",
    summary: "draw a publisher's key, which signs modules, into a sealed file",
    options: [
      { flags: "--out <file>", summary: "new file for the sealed key" },
      { flags: "--passphrase-file <file>", summary: "file (0600) with the passphrase; asked for without it" },
    ],
    examples: ["module key --out publisher.key"],
    answer: writtenFile({ kid: z.string(), publicKey: z.string() }),
    async run(input) {
      const out = input.option("out");
      if (out === undefined) throw invalid("a publisher's key needs a place", "--out publisher.key");
      // Looked at before anything is typed.
      if (readTextIfThere(out) !== undefined)
        throw new CliError("file-exists", `${out} exists`, "Choose another name for the new key.");
      const sealing = await passphrase(`the new key file ${out}`, true, input.option("passphraseFile"));
      const { key, file } = newSealedKey(PUBLISHER, sealing, now().toISOString());
      writeText(out, file, false);
      const publicKey = toBase64url(key.publicKey.raw);
      return {
        json: { file: out, kid: key.kid, publicKey },
        text: (style) => [
          `${style.good("drawn")}  a publisher's key`,
          ...table(
            [
              ["key file", `${out}: it signs in your name; keep it and its passphrase to yourself`],
              ["kid", key.kid],
              ["public key", publicKey],
            ],
            "  ",
          ),
          `Next: ${style.bold(`sigil module sign --key ${out}`)}`,
        ],
      };
    },
  };
}
