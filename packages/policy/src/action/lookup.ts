import { PolicyError } from "../error.ts";
import { checkTable } from "./check.ts";
import type { ActionRow } from "./row.ts";
import { ACTIONS } from "./table.ts";

/** A checked table by action, in the table's order. */
export type ActionRows = ReadonlyMap<string, ActionRow>;

/** The built-in table. One that does not hold ends the process at its start, before anything can be decided by it. */
export const BUILT_IN_ROWS: ActionRows = checkTable(ACTIONS);

/** The row of an action, or undefined: names are exact. */
export function findAction(action: string, rows: ActionRows = BUILT_IN_ROWS): ActionRow | undefined {
  return rows.get(action);
}

/** The row of an action. @throws PolicyError `action-unknown`: a route or command that maps to it must not start */
export function actionRow(action: string, rows: ActionRows = BUILT_IN_ROWS): ActionRow {
  const row = rows.get(action);
  if (row === undefined) {
    throw new PolicyError(
      "action-unknown",
      `${JSON.stringify(action)} has no row in the action table; add one`,
    );
  }
  return row;
}
