import type { AuditEntry, AuditOutcome } from "@sigil/wire";
import type { Input, Option } from "../command.ts";
import type { Style } from "../style.ts";

/** What `audit list` and `audit follow` filter by. */
export const AUDIT_FILTERS: readonly Option[] = [
  { flags: "--principal <name>", summary: "only decisions about this principal" },
  { flags: "--action <action>", summary: "only this action, such as memory.write, or memory.*" },
  { flags: "--verdict <verdict>", summary: "only what was allowed, or denied", choices: ["allow", "deny"] },
  { flags: "--run <id>", summary: "only decisions of this run" },
];

export function auditFilter(input: Input) {
  return {
    principal: input.option("principal"),
    action: input.option("action"),
    verdict: input.option("verdict") as "allow" | "deny" | undefined,
    run: input.option("run"),
  };
}

/** The cells of one decision: when, the answer, what became of it, the action, who, trust, id. */
export function auditRow(entry: AuditEntry, style: Style): string[] {
  const { ts, verdict, action, principal, loa, trust, id, reasons, outcome, recorded } = entry;
  const end = outcome === null ? (recorded === "batched" || verdict === "deny" ? "" : "…") : ending(outcome);
  return [
    ts,
    verdict === "allow" ? style.good("allow") : style.bad("deny"),
    action,
    `${principal ?? "nobody"} (${loa ?? "no level"})`,
    trust === null ? "" : trust.score.toFixed(2),
    verdict === "deny" ? (reasons[0]?.code ?? "") : end,
    id,
  ];
}

/** The status of an outcome, with its code when there is one. */
export function ending({ status, code }: Pick<AuditOutcome, "status" | "code">): string {
  return code === undefined ? status : `${status}: ${code}`;
}
