import { STORE_REPORT } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { storeLines } from "../../domain/show/store.ts";

/** `sigil canon verify`: every stored record against its hash, signature, chain and place in the tree. */
export function canonVerify({ verifyStore, say }: Pick<Needs, "verifyStore" | "say">): Command {
  return {
    path: "canon verify",
    action: "local.run",
    group: "Prove",
    summary: "check every stored record; of this runtime, or of a copy of its data folder",
    options: [
      { flags: "--data <folder>", summary: "a folder with a copy of nexus.db" },
      { flags: "--from <checkpoint>", summary: "look only at what came after a saved checkpoint" },
      { flags: "--resume <file>", summary: "go on with an interrupted verification" },
      { flags: "--keyless", summary: "use no key: check ciphertexts, tree and checkpoint only" },
    ],
    examples: ["canon verify", "canon verify --data /mnt/copy --keyless"],
    answer: STORE_REPORT,
    async run(input) {
      say("verifying the store");
      const report = await verifyStore(input.settings)({
        data: input.option("data"),
        from: input.option("from"),
        resume: input.option("resume"),
        keyless: input.flag("keyless"),
      });
      return {
        json: report,
        text: (style) => storeLines(report, style),
        exit: report.ok ? EXIT.done : EXIT.refused,
      };
    },
  };
}
