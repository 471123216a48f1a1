import type { ActionRow } from "./action/row.ts";
import type { Facts } from "./facts.ts";
import { rankLoa } from "./loa.ts";

/** Who else must agree to an action in quorum mode, in words; undefined when nobody, or when its proposal says. */
export function quorumNeeded({ quorum, quorumFrom }: ActionRow, { targetLoa }: Facts): string | undefined {
  if (quorum === "none" || quorum === "local" || quorum === "proposal") return undefined;
  if (quorumFrom !== undefined && targetLoa !== undefined && rankLoa(targetLoa) < rankLoa(quorumFrom)) {
    return undefined;
  }
  if (quorum === "majority") return "a majority of the active witnesses, at least 2";
  return `${quorum} ${quorum === 1 ? "attestation" : "attestations"} of other principals`;
}

/** What solo mode leaves out: `quorumNeeded`, or the quorum of the proposal that is committed. */
export function quorumSkipped(row: ActionRow, facts: Facts): string | undefined {
  return row.quorum === "proposal" ? "the quorum of its proposal" : quorumNeeded(row, facts);
}
