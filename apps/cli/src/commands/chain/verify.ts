import { parseTrustFile } from "@sigil/canon";
import { BUNDLE_REPORT } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { layout } from "../../domain/home.ts";
import type { Needs } from "../../domain/needs.ts";
import { prove, provedExit, provedJson } from "../../domain/proved.ts";
import { provedLines } from "../../domain/show/proved.ts";

/**
 * `sigil chain verify <id>`: fetches the proof of a chain, and believes nothing of it that the trust file does not vouch for:
 * the door serves the bytes, this command checks them. `sigil verify` checks the same file without any service.
 */
export function chainVerify({
  withDoor,
  homeOf,
  readText,
  readTextIfThere,
  writeText,
}: Pick<Needs, "withDoor" | "homeOf" | "readText" | "readTextIfThere" | "writeText">): Command {
  return {
    path: "chain verify",
    action: "chain.read",
    group: "Prove",
    summary:
      "verify the FrozenChain of a run and every record that it cites: 0 verified, 1 refused, 2 unpinned",
    arguments: [{ usage: "<id>", summary: "id of the run, or of its chain.frozen record" }],
    options: [
      {
        flags: "--trust <file>",
        summary: "the pinned trust file (default: that of the home, if there is one)",
      },
      { flags: "--out <file>", summary: "keep the proof bundle, for `sigil verify`" },
      { flags: "--force", summary: "replace the file if it exists" },
    ],
    examples: ["chain verify 01a20aa4-5270-7021-a3bb-82fc72a97e42 --out run.json"],
    answer: BUNDLE_REPORT,
    async run(input) {
      const named = input.option("trust");
      const pinned =
        named === undefined ? readTextIfThere(layout(homeOf(input.settings)).trust) : readText(named);
      const trust = pinned === undefined ? undefined : parseTrustFile(pinned);
      const out = input.option("out");
      return withDoor(input.settings, "chain.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/chains/:id/proof", {
          params: { id: input.argument("id") },
        });
        const bundle = JSON.stringify(body);
        if (out !== undefined) writeText(out, `${bundle}\n`, input.flag("force"));
        const proved = prove(bundle, trust);
        return {
          json: provedJson(proved),
          text: (style) => provedLines(proved, style),
          exit: provedExit(proved),
        };
      });
    },
  };
}
