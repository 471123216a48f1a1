import { BUNDLE_MAX } from "@sigil/canon";
import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil canon export <id>…`: records with their proofs, for anyone who has the trust file. */
export function canonExport({ withDoor, writeText }: Pick<Needs, "withDoor" | "writeText">): Command {
  return {
    path: "canon export",
    action: "canon.export",
    group: "Prove",
    summary: "export records with their proofs as a bundle that verifies offline",
    arguments: [{ usage: "<ids...>", summary: "ids of records, at most 256" }],
    options: [
      { flags: "--out <file>", summary: "write the bundle to this file instead of standard output" },
      { flags: "--force", summary: "replace the file if it exists" },
    ],
    examples: ["canon export 01a20aa4-5270-7021-a3bb-82fc72a97e42 --out bundle.json"],
    answer: ["sigilderg POST /v1/canon/export", writtenFile({ origin: z.string(), entries: z.int() })],
    async run(input) {
      const ids = [...new Set(input.rest("ids"))];
      if (ids.length > 256)
        throw invalid(`${ids.length} records; a bundle holds at most 256`, "Export them in parts.");
      const out = input.option("out");
      return withDoor(input.settings, "canon.export", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/canon/export", { body: { ids } });
        if (out === undefined) return { json: body, text: () => [JSON.stringify(body, null, 2)] };
        // Indented it could be more than a verifier reads.
        const readable = `${JSON.stringify(body, null, 2)}\n`;
        const fits = Buffer.byteLength(readable) <= BUNDLE_MAX;
        writeText(out, fits ? readable : JSON.stringify(body), input.flag("force"));
        return {
          json: { file: out, origin: body.origin, entries: body.entries.length },
          text: (style) => [
            `${style.good("written")}: ${out} with ${body.entries.length} records of ${body.origin}`,
            `check it anywhere: sigil verify ${out} --trust trust.json`,
          ],
        };
      });
    },
  };
}
