import { LINEAGE } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { lineageLines } from "../../domain/show/chain.ts";

const { depth, limit } = LINEAGE;

/** `sigil chain lineage <id>`: the chains that one descends from, as a tree. */
export function chainLineage({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "chain lineage",
    action: "chain.read",
    group: "Prove",
    summary:
      "show which chains a chain descends from: those that its caller named, and those whose writings it read",
    arguments: [{ usage: "<id>", summary: "id of the run, or of its chain.frozen record" }],
    options: [
      { flags: "--depth <n>", summary: `so many generations, 0 to ${depth.most} (default ${depth.usual})` },
      { flags: "--limit <n>", summary: `so many chains, 1 to ${limit.most} (default ${limit.usual})` },
    ],
    examples: ["chain lineage 01a20aa4-5270-7021-a3bb-82fc72a97e42 --depth 3"],
    answer: "sigilderg GET /v1/chains/:id/lineage",
    run: (input) =>
      withDoor(input.settings, "chain.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/chains/:id/lineage", {
          params: { id: input.argument("id") },
          query: { depth: input.count("depth", 0, depth.most), limit: input.count("limit", 1, limit.most) },
        });
        return { json: body, text: (style) => lineageLines(body, style) };
      }),
  };
}
