import { handOver, proveWitness } from "@sigil/canon";
import { toBase64url } from "@sigil/crypto";
import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import { type Command, type Input, invalid } from "../../domain/command.ts";
import { CliError } from "../../domain/error.ts";
import type { Needs } from "../../domain/needs.ts";
import { fileText, proofFileSchema, type WitnessProofFile } from "../../domain/quorum/files.ts";
import { newWitnessKey, openWitnessKey, witnessKeyHeader } from "../../domain/quorum/witness-key.ts";
import { table } from "../../domain/table.ts";

type Wanted = Pick<Needs, "readText" | "readTextIfThere" | "writeText" | "passphrase" | "runtimeOf" | "now">;

/**
 * `sigil witness key`: draws the key of a witness on the machine where it is to be used, seals it, and writes the proof that
 * its holder has it, which is all that anybody else needs. Nothing leaves this machine, and no runtime is asked.
 */
export function witnessKey({
  readText,
  readTextIfThere,
  writeText,
  passphrase,
  runtimeOf,
  now,
}: Wanted): Command {
  return {
    path: "witness key",
    action: "local.run",
    group: "Govern",
    summary: "draw the key of a witness into a sealed file, and write the proof with which it is enrolled",
    options: [
      { flags: "--id <name>", summary: "names the witness for ever: [a-z0-9][a-z0-9._-]{0,63}" },
      { flags: "--principal <name>", summary: "whose vote it gives: the subject of the witness's licences" },
      {
        flags: "--out <file>",
        summary: "new file for the sealed key; the proof goes beside it, <file>.proof.json",
      },
      { flags: "--runtime <id>", summary: "the runtime that it is for (default that of the home)" },
      { flags: "--replaces <file>", summary: "the sealed key that hands over to this one" },
      { flags: "--lost <kid>", summary: "the key that this one takes the place of, where that is lost" },
      { flags: "--passphrase-file <file>", summary: "file (0600) with the passphrase; asked for without it" },
      { flags: "--old-passphrase-file <file>", summary: "the same for the key that hands over" },
    ],
    examples: ["witness key --id w-bea --principal bea --out bea.key"],
    answer: writtenFile({
      proofFile: z.string(),
      kid: z.string(),
      publicKey: z.string(),
      proof: proofFileSchema,
    }),
    async run(input) {
      const { id, principal, out } = words(input);
      const runtimeId = input.option("runtime") ?? runtimeOf(input.settings);
      if (runtimeId === undefined)
        throw invalid(
          "the key is for one runtime, and there is none in the home of this machine",
          "Ask for its id, and name it: --runtime <id>. `sigil quorum status` and `sigil canon trust` show it.",
        );
      const replaces = input.option("replaces");
      const lost = input.option("lost");
      if (replaces !== undefined && lost !== undefined)
        throw invalid("a key is either handed over or lost", "Name one of --replaces and --lost.");
      const proofFile = `${out}.proof.json`;
      // Looked at before anything is typed: neither of the two is worth something without the other.
      for (const path of [out, proofFile])
        if (readTextIfThere(path) !== undefined)
          throw new CliError("file-exists", `${path} exists`, "Choose another name for the new key.");
      const before = replaces === undefined ? undefined : witnessKeyHeader(replaces, readText(replaces));
      const old =
        replaces === undefined
          ? undefined
          : openWitnessKey(
              replaces,
              readText(replaces),
              await passphrase(`the key file ${replaces}`, false, input.option("oldPassphraseFile")),
            );
      const sealing = await passphrase(`the new key file ${out}`, true, input.option("passphraseFile"));
      const { key, file } = newWitnessKey(sealing, now().toISOString());
      const witness = proveWitness({ runtimeId, id, principal, replaces: before?.kid ?? lost ?? null }, key);
      const proof: WitnessProofFile = {
        v: 1,
        type: "sigil-witness-proof",
        witness: witness as WitnessProofFile["witness"],
        old: old === undefined ? null : handOver(witness.statement, old),
      };
      writeText(out, file, false);
      writeText(proofFile, fileText(proof), false);
      const publicKey = toBase64url(key.publicKey.raw);
      const rotation = proof.witness.statement.replaces !== null;
      return {
        json: { file: out, proofFile, kid: key.kid, publicKey, proof },
        text: (style) => [
          `${style.good("drawn")}  a witness key for ${id} (${principal}) of runtime ${runtimeId}`,
          ...table(
            [
              ["key file", `${out}: it votes in your name; keep it and its passphrase to yourself`],
              ["proof", `${proofFile}: public; hand it to whoever enrols you`],
              ["kid", key.kid],
              ["public key", publicKey],
            ],
            "  ",
          ),
          rotation
            ? `They then type: ${style.bold(`sigil witness rotate ${proofFile} --reason …`)}`
            : `They then type: ${style.bold(`sigil quorum enter ${proofFile} …`)}, or in quorum mode ${style.bold(`sigil witness add ${proofFile} --reason …`)}`,
        ],
      };
    },
  };
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

function words(input: Input): { id: string; principal: string; out: string } {
  const [id, principal, out] = ["id", "principal", "out"].map((name) => input.option(name));
  if (id === undefined || principal === undefined || out === undefined)
    throw invalid(
      "a witness key needs --id, --principal and --out",
      "For example: sigil witness key --id w-bea --principal bea --out bea.key",
    );
  for (const [flag, value] of [
    ["--id", id],
    ["--principal", principal],
  ] as const)
    if (!NAME.test(value))
      throw new CliError(
        "argument-invalid",
        `${flag} is ${JSON.stringify(value)}; it must be [a-z0-9][a-z0-9._-]{0,63}`,
        "Small letters, digits, dots, underscores and hyphens; for example w-bea.",
      );
  return { id, principal, out };
}
