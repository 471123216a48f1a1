import { parseTrustFile, type TrustFile } from "@sigil/canon";
import { BUNDLE_REPORT } from "../domain/answer/shapes.ts";
import type { Command } from "../domain/command.ts";
import { layout } from "../domain/home.ts";
import type { Needs } from "../domain/needs.ts";
import { prove, provedExit, provedJson } from "../domain/proved.ts";
import { provedLines } from "../domain/show/proved.ts";

/**
 * `sigil verify <bundle>`: offline, without any service. With --trust nothing of a home is read; without it the
 * trust file of the home counts, and where there is none the answer is `unpinned`. Of a frozen chain everything that it cites
 * and that is in the bundle is held against it.
 */
export function verify({
  homeOf,
  readText,
  readTextIfThere,
}: Pick<Needs, "homeOf" | "readText" | "readTextIfThere">): Command {
  return {
    path: "verify",
    action: "local.run",
    group: "Prove",
    summary: "verify a proof bundle and the chains in it offline: 0 verified, 1 refused, 2 unpinned",
    arguments: [{ usage: "<bundle>", summary: "a file that canon export or chain verify wrote" }],
    options: [
      {
        flags: "--trust <file>",
        summary: "the pinned trust file (default: that of the home, if there is one)",
      },
    ],
    examples: ["verify bundle.json --trust trust.json"],
    answer: BUNDLE_REPORT,
    async run(input) {
      const named = input.option("trust");
      const text =
        named === undefined ? readTextIfThere(layout(homeOf(input.settings)).trust) : readText(named);
      const trust: TrustFile | undefined = text === undefined ? undefined : parseTrustFile(text);
      const proved = prove(readText(input.argument("bundle")), trust);
      return {
        json: provedJson(proved),
        text: (style) => provedLines(proved, style),
        exit: provedExit(proved),
      };
    },
  };
}
