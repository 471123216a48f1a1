import type { ActionRow } from "@sigil/policy";
import type { DryRun, PolicyView } from "@sigil/wire";
import type { Sourced } from "../policy-source.ts";
import { printable, type Style } from "../style.ts";
import { table } from "../table.ts";
import { waterfallLines } from "./trust.ts";

const quorumOf = ({ quorum, quorumFrom }: ActionRow): string =>
  `${quorum}${quorumFrom === undefined ? "" : ` from ${quorumFrom}`}`;

/** Where an answer comes from, in a few words. */
export function sourceLine({ from, note }: Sourced<unknown>): string {
  return from === "runtime" ? "asked of the running Sigil" : `by the table of this command: ${note}`;
}

/** The table as a person reads it. */
export function policyLines(sourced: Sourced<PolicyView>, style: Style): string[] {
  const { digest, model, actions } = sourced.answer;
  return [
    ...table([
      ["ACTION", "LEAST", "TRUST", "RISK", "RECORDED", "QUORUM", "NOTE"].map(style.dim),
      ...actions.map((row) => [
        row.action,
        row.least === "service" ? `service ${row.by}` : row.least,
        row.trust === null ? "–" : row.trust.toFixed(1),
        row.risk.toFixed(1),
        row.recorded,
        quorumOf(row),
        style.dim(
          printable([row.witness ? "registered witness" : "", row.note ?? ""].filter(Boolean).join("; ")),
        ),
      ]),
    ]),
    "",
    `${actions.length} actions, ${digest}, trust by ${model.id}`,
    style.dim(sourceLine(sourced)),
  ];
}

/** A verdict with every reason, the account of the score and what would change the answer. */
export function dryRunLines(sourced: Sourced<DryRun>, who: string, style: Style): string[] {
  const { decision, waterfall, counterfactual } = sourced.answer;
  const { action, verdict, loa, reasons, trust } = decision;
  const asked = `${style.bold(printable(action))} ${verdict === "allow" ? style.good("allow") : style.bad("deny")}`;
  return [
    `${asked}  ${printable(who)}${loa === null ? "" : `, effective level ${loa}`}`,
    ...(reasons.length === 0 ? [] : ["", "Reasons"]),
    ...table(
      reasons.map(({ code, detail }) => [code, printable(detail)]),
      "  ",
    ),
    ...(trust === null ? [] : ["", `Trust by ${trust.model}`, ...waterfallLines(waterfall, trust, style)]),
    ...(counterfactual.length === 0
      ? []
      : ["", "What would change it", ...counterfactual.map((sentence) => `  ${printable(sentence)}`)]),
    "",
    style.dim(`${sourceLine(sourced)}; nothing was done`),
  ];
}
