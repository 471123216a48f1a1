import { toBase64url } from "@sigil/crypto";
import { MANIFEST_FILE, SIGNATURE_FILE, signManifest, verifyPackage } from "@sigil/wire/module-package";
import { SIGNED } from "../../domain/author/answers.ts";
import { PUBLISHER } from "../../domain/author/publisher-key.ts";
import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { openSealedKey, sealedKeyHeader } from "../../domain/sealed-key.ts";
import { table } from "../../domain/table.ts";

/** `sigil module sign [folder]`: makes the key's holder the publisher of a built package. */
export function moduleSign({
  author,
  readText,
  passphrase,
}: Pick<Needs, "author" | "readText" | "passphrase">): Command {
  return {
    path: "module sign",
    action: "local.run",
    group: "Make modules",
    summary: "sign a built package with a publisher's key",
    arguments: [{ usage: "[folder]", summary: "the module's folder (default the current one)" }],
    options: [
      { flags: "--key <file>", summary: "what `sigil module key` wrote" },
      { flags: "--passphrase-file <file>", summary: "file (0600) with its passphrase; asked for without it" },
    ],
    examples: ["module sign --key publisher.key"],
    answer: SIGNED,
    async run(input) {
      const file = input.option("key");
      if (file === undefined) throw invalid("a signature needs a key", "--key publisher.key");
      const { folder } = author.source(input.argumentOr("folder") ?? ".");
      const built = await author.built(folder);
      // Whatever is signed is whole: a file that was altered after the build does not get a signature.
      verifyPackage(built, { unsigned: "accept" });
      const text = readText(file);
      sealedKeyHeader(PUBLISHER, file, text);
      const secret = await passphrase(`the key file ${file}`, false, input.option("passphraseFile"));
      const key = openSealedKey(PUBLISHER, file, text, secret);
      const signed = signManifest(built.get(MANIFEST_FILE) as Uint8Array, key);
      const files = new Map([
        ...built,
        [MANIFEST_FILE, signed.manifestFile],
        [SIGNATURE_FILE, signed.signatureFile],
      ]);
      const { manifest } = verifyPackage(files);
      const place = author.write(folder, files);
      const { id, version, digest } = manifest;
      const publicKey = toBase64url(key.publicKey.raw);
      return {
        json: { id, version, digest, folder: place, publisher: key.kid, publicKey },
        text: (style) => [
          `${style.good("signed")}  ${id} ${version} in ${place}`,
          ...table(
            [
              ["publisher", key.kid],
              ["digest", digest],
            ],
            "  ",
          ),
          `Next: ${style.bold(`sigil module verify ${place}`)}`,
        ],
      };
    },
  };
}
