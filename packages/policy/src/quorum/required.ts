import { type Loa, majorityOf } from "@sigil/canon/portable";
import type { ActionRow } from "../action/row.ts";
import type { Facts } from "../facts.ts";
import { rankLoa } from "../loa.ts";

/** Whether the quorum of a row holds for what the action would give away. */
function holds({ quorumFrom }: ActionRow, targetLoa: Loa | undefined): boolean {
  return quorumFrom === undefined || targetLoa === undefined || rankLoa(targetLoa) >= rankLoa(quorumFrom);
}

/**
 * How many witnesses of other principals must approve an action in quorum mode: the k of its row with so many active
 * witnesses. 0 where the row asks nobody, where only the local operator can do it, and for `proposal.commit`, whose k
 * is the proposal's own. `targetLoa` as in {@link Facts}: absent, the highest.
 */
export function requiredK(row: ActionRow, active: number, targetLoa?: Loa): number {
  const { quorum } = row;
  if (quorum === "none" || quorum === "local" || quorum === "proposal" || !holds(row, targetLoa)) return 0;
  return quorum === "majority" ? majorityOf(active) : quorum;
}

/**
 * The first row that so many active witnesses could no more decide when one of them is missing, as a sentence; undefined when
 * none. A change of witnesses or of the table that has one is refused `quorum-unreachable`: k + 1 must stay active.
 */
export function quorumUnreachable(rows: Iterable<ActionRow>, active: number): string | undefined {
  for (const row of rows) {
    const k = requiredK(row, active);
    if (k > 0 && active < k + 1)
      return `${row.action} needs ${k} of ${active} active witnesses; ${k + 1} must be active, so that one may be missing: add witnesses first`;
  }
  return undefined;
}

/** Who else must agree to an action in quorum mode, in words; undefined when nobody, or when its proposal says. */
export function quorumNeeded(row: ActionRow, { targetLoa }: Facts): string | undefined {
  const { quorum } = row;
  if (quorum === "none" || quorum === "local" || quorum === "proposal" || !holds(row, targetLoa))
    return undefined;
  if (quorum === "majority") return "a majority of the active witnesses, at least 2";
  return `${quorum} ${quorum === 1 ? "attestation" : "attestations"} of other principals`;
}

/** What solo mode leaves out: `quorumNeeded`, or the quorum of the proposal that is committed. */
export function quorumSkipped(row: ActionRow, facts: Facts): string | undefined {
  return row.quorum === "proposal" ? "the quorum of its proposal" : quorumNeeded(row, facts);
}
