import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { ending } from "../../domain/show/audit.ts";
import { waterfallLines } from "../../domain/show/trust.ts";
import { printable } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

/** `sigil audit show <decision>`: one decision, its effects and outcome, its reasons and its exact account of trust. */
export function auditShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "audit show",
    action: "audit.read",
    group: "Prove",
    summary: "show a decision with effects, outcome, reasons and the account of its trust",
    arguments: [{ usage: "<decision>", summary: "id of the decision (header Sigil-Decision)" }],
    examples: ["audit show 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/audit/:id",
    run: (input) =>
      withDoor(input.settings, "audit.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/audit/:id", {
          params: { id: input.argument("decision") },
        });
        const { entry, sentences, waterfall } = body;
        const { outcome, trust } = entry;
        const none = entry.recorded === "batched" || entry.verdict === "deny" ? "none is kept" : "none yet";
        return {
          json: body,
          text: (style) => [
            `${style.bold(entry.action)} ${entry.verdict === "allow" ? style.good("allow") : style.bad("deny")}`,
            ...table(
              [
                ["decision", entry.id],
                ["caller", `${entry.principal ?? "nobody"} (${entry.loa ?? "no level"})`],
                ["licence", entry.licence ?? "none"],
                ["time", entry.ts],
                ["route", entry.route],
                ...(entry.run === undefined ? [] : [["run", `${entry.run} of ${entry.module}`]]),
                ["record", `${entry.record}, leaf ${entry.index}, ${entry.recorded}, mode ${entry.mode}`],
                ["outcome", outcome === null ? none : `${ending(outcome)} at ${outcome.ts}`],
                ...(outcome?.effects ?? []).map(({ id, kind, stream }) => [
                  "effect",
                  `${kind} ${id} in ${stream}`,
                ]),
              ],
              "  ",
            ),
            ...sentences.map((sentence) => `  ${printable(sentence)}`),
            ...(trust === null ? [] : waterfallLines(waterfall, trust, style)),
          ],
        };
      }),
  };
}
