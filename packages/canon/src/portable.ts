import { randomBytes, sha256, verifyKey } from "@sigil/crypto/portable";
import { bindCanon } from "./bind.ts";
import { serializePortable } from "./json/portable.ts";
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
  draftDigest,
  emptyRoot,
  Frontier,
  inclusionProof,
  leafHash,
  newSalt,
  nodeHash,
  openCheckpoint,
  openNote,
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
} = bindCanon({ sha256, randomBytes, verifyKey, canonicalize: serializePortable });
