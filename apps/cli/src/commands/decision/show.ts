import type { TrustResult } from "@sigil/policy";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { trustLines } from "../../domain/show/trust.ts";
import { printable } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

/** `sigil decision show <id>`: one decision as SigilDERG signed it, and its outcome. */
export function decisionShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "decision show",
    action: "decision.read",
    group: "Prove",
    summary: "show a recorded decision with its reasons, trust account and outcome",
    arguments: [{ usage: "<id>", summary: "id of the decision (header Sigil-Decision)" }],
    examples: ["decision show 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/decisions/:id",
    run: (input) =>
      withDoor(input.settings, "decision.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/decisions/:id", {
          params: { id: input.argument("id") },
        });
        const { action, principal, loa, verdict, ts, policy, reasons, trust } = body.body;
        return {
          json: body,
          text: (style) => [
            `${style.bold(String(action))} ${verdict === "allow" ? style.good("allow") : style.bad(String(verdict))}`,
            ...table(
              [
                ["caller", `${principal} (${loa})`],
                ["time", String(ts)],
                ["policy", String(policy)],
                ["record", body.record],
                ["outcome", body.outcome === null ? "none yet" : String(body.outcome.status)],
              ],
              "  ",
            ),
            ...(reasons as { code: string; detail: string }[]).map(
              ({ code, detail }) => `  ${code}: ${printable(detail)}`,
            ),
            ...(trust === null || trust === undefined
              ? []
              : trustLines(trust as unknown as TrustResult, style)),
          ],
        };
      }),
  };
}
