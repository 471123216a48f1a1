import type { ReadPlatform } from "../platform.ts";
import { type Attestations, bindAttestations } from "./attestation.ts";
import { bindProposals, type Proposals } from "./proposal.ts";
import { bindWitnessStatements, type WitnessStatements } from "./statement.ts";
import { bindVotes, type Votes } from "./votes.ts";
import { bindWitnessSets, type WitnessSets } from "./witness-set.ts";

/** Witnesses, proposals and votes. */
export interface Quorum
  extends Attestations,
    Proposals,
    Votes,
    WitnessSets,
    Pick<WitnessStatements, "handOver" | "proveWitness" | "verifyWitnessProof"> {}

/** Joins the parts of this folder over one platform. */
export function bindQuorum(platform: ReadPlatform): Quorum {
  const attestations = bindAttestations(platform);
  const { requireHandOver, ...statements } = bindWitnessStatements(platform);
  return {
    ...attestations,
    ...bindProposals(platform),
    ...bindVotes(platform, attestations),
    ...bindWitnessSets(platform, { requireHandOver, ...statements }),
    ...statements,
  };
}
