import { type ActionRows, findAction } from "./action/lookup.ts";
import type { ActionRow } from "./action/row.ts";
import type { Facts } from "./facts.ts";

/** Whether lockdown stops the action: whatever its row does not open, and a proposal that does not lead out of it. */
export function lockedDown(
  { lockdown }: ActionRow,
  facts: Pick<Facts, "lockdown" | "proposed">,
  rows?: ActionRows,
): boolean {
  if (facts.lockdown !== true || lockdown === "open" || lockdown === "leaves") return false;
  const { proposed } = facts;
  const leaves = proposed !== undefined && findAction(proposed, rows)?.lockdown === "leaves";
  return !(lockdown === "proposal" && leaves);
}
