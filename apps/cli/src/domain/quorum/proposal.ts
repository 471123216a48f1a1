import { type Proposal, proposalDigest } from "@sigil/canon";
import type { ActionRow } from "@sigil/policy";
import type { ProposalDetail } from "@sigil/wire";
import type { Door } from "../door.ts";
import { CliError } from "../error.ts";
import { policyInForce } from "../policy-source.ts";
import { type Account, accountOf } from "./account.ts";

/** A proposal as the runtime shows it, and what this machine made of it. */
export interface CheckedProposal {
  readonly detail: ProposalDetail;
  readonly proposal: Proposal;
  /** SHA-256 of RFC 8785 of `proposal`, computed here: what is signed. */
  readonly digest: string;
  readonly account: Account;
  /** The table in force, where the proposal is about it. */
  readonly table: readonly ActionRow[] | null;
}

/**
 * A proposal, its digest computed here from what is shown. Refuses one whose digest is another's (`proposal-differs`), and one
 * for another runtime than `runtimeId`, which the home pins (`runtime-differs`).
 */
export async function fetchProposal(
  door: Door,
  id: string,
  runtimeId: string | undefined,
): Promise<CheckedProposal> {
  const { body: detail } = await door.call("sigilderg GET /v1/proposals/:id", { params: { id } });
  const proposal = detail.proposal as Proposal;
  const digest = proposalDigest(proposal);
  if (digest !== detail.digest || proposal.id !== id)
    throw new CliError(
      "proposal-differs",
      `what the runtime shows as ${id} is proposal ${proposal.id}, ${digest}; it says ${detail.digest}`,
      "Sign nothing. Stop what answers there (`sigil status` says where), and look at the log: sigil canon verify",
    );
  requireRuntime(proposal, runtimeId);
  const table = proposal.entry.kind === "policy.change" ? (await policyInForce(door)).actions : null;
  return { detail, proposal, digest, account: accountOf(proposal, table), table };
}

/** @throws CliError `runtime-differs` */
export function requireRuntime({ id, runtimeId: other }: Proposal, runtimeId: string | undefined): void {
  if (runtimeId === undefined || other === runtimeId) return;
  throw new CliError(
    "runtime-differs",
    `proposal ${id} is for runtime ${other}; this home is of runtime ${runtimeId}`,
    "Name the home that it belongs to: --home <folder>.",
  );
}
