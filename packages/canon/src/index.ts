import { randomBytes, sha256, verifyKey } from "@sigil/crypto";
import { bindCanon } from "./bind.ts";
import { serialize, withSerialized } from "./json/serialize.ts";
import type { Frontier as FrontierOf } from "./merkle/merkle.ts";

export * from "./frame.ts";

/** The right edge of a tree. */
export type Frontier = FrontierOf;

export const {
  canonicalBytes,
  canonicalize,
  checkDraft,
  checkRecord,
  checkpointsUnder,
  completeDraft,
  consistencyProof,
  cosign,
  cosignerKey,
  draftDigest,
  emptyRoot,
  Frontier,
  followRotations,
  encodeRecord,
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
  recordBytes,
  recordHash,
  rootAt,
  signAuthored,
  signCheckpoint,
  signNote,
  signRecord,
  signRotation,
  verifierKey,
  verifyAuthored,
  verifyBundle,
  verifyConsistency,
  verifyInclusion,
  verifyRecord,
  verifyRotation,
} = bindCanon({
  sha256,
  randomBytes,
  verifyKey,
  canonicalize: serialize,
  withCanonical: withSerialized,
});
