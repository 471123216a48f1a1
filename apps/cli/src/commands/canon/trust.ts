import { parseTrustFile } from "@sigil/canon";
import { TRUST_FILE } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { layout } from "../../domain/home.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil canon trust`: the trust file, for whoever shall verify what this runtime proves. */
export function canonTrust({
  homeOf,
  requireHome,
  readText,
}: Pick<Needs, "homeOf" | "requireHome" | "readText">): Command {
  return {
    path: "canon trust",
    action: "local.run",
    group: "Prove",
    summary: "print the trust file: the public keys and hashes that a verifier pins",
    examples: ["canon trust", "canon trust --json"],
    answer: TRUST_FILE,
    async run(input) {
      const home = homeOf(input.settings);
      requireHome(home);
      const trust = parseTrustFile(readText(layout(home).trust));
      return { json: trust, text: () => [JSON.stringify(trust, null, 2)] };
    },
  };
}
