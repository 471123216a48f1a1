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
  completeDraft,
  consistencyProof,
  cosign,
  cosignerKey,
  draftDigest,
  emptyRoot,
  Frontier,
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
  verifierKey,
  verifyAuthored,
  verifyBundle,
  verifyConsistency,
  verifyInclusion,
  verifyRecord,
} = bindCanon({
  sha256,
  randomBytes,
  verifyKey,
  canonicalize: serialize,
  withCanonical: withSerialized,
});
