import { PolicyError } from "../error.ts";
import { checkTable } from "./check.ts";
import type { ActionRow } from "./row.ts";
import { ACTIONS } from "./table.ts";

// A table that does not hold ends the process at its start, before anything can be decided by it.
const rows = checkTable(ACTIONS);

/** The row of an action, or undefined: names are exact. */
export function findAction(action: string): ActionRow | undefined {
  return rows.get(action);
}

/** The row of an action. @throws PolicyError `action-unknown`: a route or command that maps to it must not start */
export function actionRow(action: string): ActionRow {
  const row = rows.get(action);
  if (row === undefined) {
    throw new PolicyError(
      "action-unknown",
      `${JSON.stringify(action)} has no row in the action table; add one`,
    );
  }
  return row;
}
