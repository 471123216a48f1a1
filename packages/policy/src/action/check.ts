import { PolicyError } from "../error.ts";
import { isLoa, rankLoa } from "../loa.ts";
import type { ActionRow, Quorum } from "./row.ts";

const NAME = /^[a-z][a-z-]*\.[a-z][a-z-]*$/;
const COLUMNS = new Set([
  "action",
  "least",
  "by",
  "trust",
  "risk",
  "recorded",
  "quorum",
  "quorumFrom",
  "witness",
  "lockdown",
  "note",
]);
const RECORDED: readonly unknown[] = ["none", "metrics", "batched", "durable", "with-run"];
const QUORUMS: readonly unknown[] = ["none", 1, 2, "majority", "proposal", "local"];

const IN_LOCKDOWN: readonly unknown[] = [undefined, "open", "leaves", "proposal"];

/**
 * What no table asks less than: offline verification has no table, and holds the records of these actions to as many
 * approvals (`leastApprovals` of canon). From the lowest to the highest.
 */
const QUORUM_ORDER: readonly unknown[] = ["none", 1, 2, "majority"];
const LEAST_QUORUM: Readonly<Record<string, Quorum>> = {
  "license.issue": 1,
  "module.register": 2,
  "module.revoke": 2,
  "module.reinstate": "majority",
  "witness.add": "majority",
  "witness.rotate": "majority",
  "witness.revoke": "majority",
  "policy.change": "majority",
  "trust-model.change": "majority",
  "config.change": "majority",
  "lockdown.leave": "majority",
  "log-policy.change": "majority",
  "issuer.change": "majority",
  "client-key.change": "majority",
  "publisher.change": "majority",
};

function reachesLeast({ action, quorum, quorumFrom }: ActionRow): boolean {
  const least = Object.hasOwn(LEAST_QUORUM, action) ? LEAST_QUORUM[action] : undefined;
  if (least === undefined) return true;
  const from = action === "license.issue" ? "Mentor" : "Guest";
  const always = quorumFrom === undefined || rankLoa(quorumFrom) <= rankLoa(from);
  return always && QUORUM_ORDER.indexOf(quorum) >= QUORUM_ORDER.indexOf(least);
}

const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;

/** Everything that must hold of a row, and the sentence when it does not. */
const RULES: readonly [holds: (row: ActionRow) => boolean, problem: string][] = [
  [(row) => Object.keys(row).every((column) => COLUMNS.has(column)), "has a column that does not exist"],
  [
    ({ least }) => least === "none" || least === "service" || isLoa(least),
    "has no level, none or service as least",
  ],
  [
    ({ least, by }) => (least === "service") === (by === "sigilderg" || by === "mmf"),
    "names a service if and only if least is service",
  ],
  [({ trust }) => trust === null || isShare(trust), "has a trust outside 0…1"],
  [
    ({ least, trust }) => isLoa(least) || trust === null,
    "asks for trust where there is no caller with a level",
  ],
  [({ risk }) => isShare(risk), "has a risk outside 0…1"],
  [({ recorded }) => RECORDED.includes(recorded), "is recorded in a way that does not exist"],
  [
    ({ least, recorded }) => !isLoa(least) || (recorded !== "none" && recorded !== "metrics"),
    "leaves no record of what a licensed caller may do",
  ],
  [({ quorum }) => QUORUMS.includes(quorum), "has a quorum that does not exist"],
  [({ least, quorum }) => quorum === "none" || least === "Root", "has a quorum below Root"],
  [
    ({ quorum, quorumFrom }) => quorumFrom === undefined || (quorum !== "none" && isLoa(quorumFrom)),
    "has quorumFrom without a quorum or a level",
  ],
  [reachesLeast, "asks fewer to agree than every table must, so its records would not verify offline"],
  [({ lockdown }) => IN_LOCKDOWN.includes(lockdown), "goes on in lockdown in a way that does not exist"],
  [
    ({ least, lockdown }) => least !== "none" || lockdown === "open",
    "is stopped in lockdown though it needs no licence",
  ],
  [
    ({ lockdown, quorum }) => lockdown !== "leaves" || quorum === "majority",
    "leaves lockdown without a majority",
  ],
];

/**
 * A table as a map by action, checked whole: every column known and in its range, every name `object.verb` and unique.
 * @throws PolicyError `table-invalid` naming the row and what is wrong with it
 */
export function checkTable(rows: readonly ActionRow[]): ReadonlyMap<string, ActionRow> {
  const table = new Map<string, ActionRow>();
  for (const row of rows) {
    const { action } = row;
    if (!NAME.test(action)) throw invalid(action, "is not object.verb in lower case");
    if (table.has(action)) throw invalid(action, "stands twice");
    for (const [holds, problem] of RULES) if (!holds(row)) throw invalid(action, problem);
    table.set(action, row);
  }
  return table;
}

function invalid(action: string, problem: string): PolicyError {
  return new PolicyError("table-invalid", `row ${JSON.stringify(action)} ${problem}`);
}
