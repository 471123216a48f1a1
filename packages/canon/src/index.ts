import { randomBytes, sha256, verifyKey } from "@sigil/crypto";
import { bindCanon } from "./bind.ts";
import { serialize, withSerialized } from "./json/serialize.ts";
import type { Frontier as FrontierOf } from "./merkle/merkle.ts";

export * from "./frame.ts";

/** The right edge of a tree. */
export type Frontier = FrontierOf;

export const {
  admitVote,
  canonicalBytes,
  canonicalize,
  changeWitnesses,
  checkDraft,
  checkpointsUnder,
  checkRecord,
  completeDraft,
  consistencyProof,
  cosign,
  cosignerKey,
  draftDigest,
  emptyRoot,
  encodeRecord,
  enterQuorum,
  followRotations,
  Frontier,
  handOver,
  hashAndSignRecord,
  hashAndVerifyRecord,
  inclusionProof,
  leafHash,
  newSalt,
  nodeHash,
  nodesOfTiles,
  openCheckpoint,
  openCosignatures,
  openNote,
  parseCosignerKey,
  parseVerifierKey,
  proposalDigest,
  proveWitness,
  recordBytes,
  recordHash,
  rootAt,
  signAttestation,
  signAuthored,
  signCheckpoint,
  signNote,
  signRecord,
  signRotation,
  verifierKey,
  verifyAttestation,
  verifyAuthored,
  verifyBundle,
  verifyConsistency,
  verifyInclusion,
  verifyRecord,
  verifyRotation,
  verifyVote,
  verifyWitnessProof,
} = bindCanon({
  sha256,
  randomBytes,
  verifyKey,
  canonicalize: serialize,
  withCanonical: withSerialized,
});
