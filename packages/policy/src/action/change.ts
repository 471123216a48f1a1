import { PolicyError } from "../error.ts";
import { isLoa, rankLoa } from "../loa.ts";
import { checkTable } from "./check.ts";
import { type ActionRows, BUILT_IN_ROWS } from "./lookup.ts";
import type { ActionRow, Quorum } from "./row.ts";

/**
 * The rows by which people sign in, see what is proposed, agree to it, change the table and leave lockdown. Whatever else a
 * table says, they never ask for more than the built-in one does: who could not pass them could not undo it.
 */
const WAY_BACK: ReadonlySet<string> = new Set([
  "session.open",
  "csrf.mint",
  "policy.read",
  "witness.read",
  "proposal.read",
  "proposal.create",
  "proposal.withdraw",
  "proposal.attest",
  "proposal.commit",
  "policy.change",
  "lockdown.leave",
]);

/** Quorums that a row may have instead of a built-in 1 or 2. */
const COUNTED: readonly Quorum[] = [1, 2, "majority"];

interface Pair {
  readonly was: ActionRow;
  readonly row: ActionRow;
}

/** What no change may break, of one row beside its built-in one; and the sentence when it does. */
const INVIOLABLE: readonly [holds: (pair: Pair) => boolean, problem: string][] = [
  [
    ({ was, row }) => isLoa(was.least) === isLoa(row.least) && (isLoa(was.least) || was.least === row.least),
    "changes between a level, none and service: that is built into the route",
  ],
  [({ was, row }) => was.by === row.by, "names another service"],
  [
    ({ was, row }) => was.recorded === row.recorded,
    "is recorded in another way: that is built into the route, and nothing governed leaves less of a trace",
  ],
  [({ was, row }) => was.witness === row.witness, "asks in another way for witnesses"],
  [
    ({ was, row }) => keepsQuorum(was.quorum, row.quorum),
    "changes its quorum: 1 and 2 may be 1, 2 or a majority, and every other stays as it is",
  ],
  [
    ({ was, row }) => keepsFrom(was, row),
    "asks for its quorum from a higher level on than the built-in table does",
  ],
  [
    ({ was, row }) =>
      was.lockdown === row.lockdown || (was.lockdown === "open" && row.lockdown === undefined),
    "goes on in lockdown where the built-in table stops it, or no longer leads out of it",
  ],
  [
    ({ was, row }) => !WAY_BACK.has(was.action) || asksNoMore(was, row),
    "asks for more than the built-in table, and is one of those by which this change could be undone",
  ],
];

function keepsQuorum(was: Quorum, now: Quorum): boolean {
  if (was === now) return true;
  return (was === 1 || was === 2) && COUNTED.includes(now);
}

function keepsFrom(was: ActionRow, row: ActionRow): boolean {
  if (row.quorumFrom === undefined) return true;
  return was.quorumFrom !== undefined && rankLoa(row.quorumFrom) <= rankLoa(was.quorumFrom);
}

function asksNoMore(was: ActionRow, row: ActionRow): boolean {
  const level = !isLoa(was.least) || (isLoa(row.least) && rankLoa(row.least) <= rankLoa(was.least));
  const trust = (row.trust ?? 0) <= (was.trust ?? 0);
  return level && trust && row.quorum === was.quorum && row.lockdown === was.lockdown;
}

/**
 * A table that may take the place of the one in force: checked whole, with exactly the actions that routes and commands map
 * to, and none of what no change may break broken.
 * @throws PolicyError `table-invalid`, `table-incomplete`, `table-surplus`, `table-inviolable`, naming the row
 */
export function checkTableChange(rows: readonly ActionRow[], known: ActionRows = BUILT_IN_ROWS): ActionRows {
  const table = checkTable(rows);
  const missing = [...known.keys()].filter((action) => !table.has(action));
  if (missing.length > 0) {
    throw new PolicyError("table-incomplete", `the table lacks ${list(missing)}; no action may disappear`);
  }
  const surplus = [...table.keys()].filter((action) => !known.has(action));
  if (surplus.length > 0) {
    throw new PolicyError("table-surplus", `no route and no command maps to ${list(surplus)}; leave it out`);
  }
  checkInviolable(table, known);
  return table;
}

/**
 * Holds the rows that both tables have against what no change may break. A table of an older or a newer build may have others.
 * @throws PolicyError `table-inviolable`
 */
export function checkInviolable(table: ActionRows, known: ActionRows = BUILT_IN_ROWS): void {
  for (const [action, was] of known) {
    const row = table.get(action);
    if (row === undefined) continue;
    for (const [holds, problem] of INVIOLABLE) {
      if (holds({ was, row })) continue;
      throw new PolicyError("table-inviolable", `row ${JSON.stringify(action)} ${problem}`);
    }
  }
}

const SHOWN = 4;

function list(actions: readonly string[]): string {
  const more = actions.length - SHOWN;
  return `${actions.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
