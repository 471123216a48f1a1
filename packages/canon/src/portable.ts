import { utf8 } from "@sigil/crypto/bytes";
import { randomBytes, sha256, sha256Text, verifyKey } from "@sigil/crypto/portable";
import { bindAuthorship } from "./authored.ts";
import { bindQuorumCheck } from "./bundle/quorum.ts";
import { bindVerifyBundle } from "./bundle/verify.ts";
import type { Limits } from "./json/limits.ts";
import { serializePortable, withSerializedPortable } from "./json/portable.ts";
import { bindLeafHash, bindTreeHash } from "./merkle/hash.ts";
import { bindMerkle, type Frontier as FrontierOf } from "./merkle/merkle.ts";
import { bindCheckpoints } from "./note/checkpoint.ts";
import { bindCosignatures } from "./note/cosignature.ts";
import { bindNotes } from "./note/notes.ts";
import { bindKeyNaming, bindVerifierKeys } from "./note/verifier-key.ts";
import type { ReadPlatform } from "./platform.ts";
import { bindQuorum } from "./quorum/quorum.ts";
import { bindChains } from "./record/chain.ts";
import { bindRecords } from "./record/records.ts";
import { bindTileReader } from "./tiles/reader.ts";
import { bindPinnedLog } from "./trust/log-key.ts";
import { bindRotations } from "./trust/rotation.ts";

export * from "./frame.ts";

/** The right edge of a tree. */
export type Frontier = FrontierOf;

// A bundler drops what is not imported: each part is bound by itself, and each name is a call that is marked pure, because
// a destructured name would keep everything that it is taken from.
const part = <T, K extends keyof T>(of: T, name: K): T[K] => of[name];

const platform: ReadPlatform = { sha256, sha256Text, verifyKey, withCanonical: withSerializedPortable };
const records = /* @__PURE__ */ bindRecords({
  sha256,
  sha256Text,
  randomBytes,
  verifyKey,
  canonicalize: serializePortable,
  withCanonical: withSerializedPortable,
});
const authorship = /* @__PURE__ */ bindAuthorship(platform);
const hash = /* @__PURE__ */ bindTreeHash(platform);
const leaves = /* @__PURE__ */ bindLeafHash(platform, hash);
const merkle = /* @__PURE__ */ bindMerkle(hash);
const tiles = /* @__PURE__ */ bindTileReader(hash);
const naming = /* @__PURE__ */ bindKeyNaming(platform);
const verifierKeys = /* @__PURE__ */ bindVerifierKeys(naming, platform);
const notes = /* @__PURE__ */ bindNotes(naming);
const checkpoints = /* @__PURE__ */ bindCheckpoints(notes, naming);
const pinnedLog = /* @__PURE__ */ bindPinnedLog(naming, platform);
const cosignatures = /* @__PURE__ */ bindCosignatures(naming);

/** The RFC 8785 bytes of a value, or a refusal by code and path. */
export function canonicalBytes(value: unknown, limits?: Limits): Uint8Array {
  return utf8(serializePortable(value, limits));
}
/** The RFC 8785 text of a value, or a refusal by code and path. */
export const canonicalize = serializePortable;
export const checkDraft = /* @__PURE__ */ part(records, "checkDraft");
export const checkRecord = /* @__PURE__ */ part(records, "checkRecord");
export const checkpointsUnder = /* @__PURE__ */ part(pinnedLog, "checkpointsUnder");
export const completeDraft = /* @__PURE__ */ part(records, "completeDraft");
export const consistencyProof = /* @__PURE__ */ part(merkle, "consistencyProof");
export const cosign = /* @__PURE__ */ part(cosignatures, "cosign");
export const cosignerKey = /* @__PURE__ */ part(verifierKeys, "cosignerKey");
export const draftDigest = /* @__PURE__ */ part(records, "draftDigest");
export const emptyRoot = /* @__PURE__ */ part(hash, "emptyRoot");
export const Frontier = /* @__PURE__ */ part(merkle, "Frontier");
export const encodeRecord = /* @__PURE__ */ part(records, "encodeRecord");
export const hashAndVerifyRecord = /* @__PURE__ */ part(records, "hashAndVerifyRecord");
export const hashAndSignRecord = /* @__PURE__ */ part(records, "hashAndSignRecord");
export const inclusionProof = /* @__PURE__ */ part(merkle, "inclusionProof");
export const leafHash = /* @__PURE__ */ part(leaves, "leafHash");
export const newSalt = /* @__PURE__ */ part(records, "newSalt");
export const nodeHash = /* @__PURE__ */ part(hash, "nodeHash");
export const nodesOfTiles = /* @__PURE__ */ part(tiles, "nodesOfTiles");
export const openCheckpoint = /* @__PURE__ */ part(checkpoints, "openCheckpoint");
export const openCosignatures = /* @__PURE__ */ part(cosignatures, "openCosignatures");
export const openNote = /* @__PURE__ */ part(notes, "openNote");
export const parseCosignerKey = /* @__PURE__ */ part(verifierKeys, "parseCosignerKey");
export const parseVerifierKey = /* @__PURE__ */ part(verifierKeys, "parseVerifierKey");
export const recordBytes = /* @__PURE__ */ part(records, "recordBytes");
export const recordHash = /* @__PURE__ */ part(records, "recordHash");
export const rootAt = /* @__PURE__ */ part(merkle, "rootAt");
export const signAuthored = /* @__PURE__ */ part(authorship, "signAuthored");
export const signCheckpoint = /* @__PURE__ */ part(checkpoints, "signCheckpoint");
export const signNote = /* @__PURE__ */ part(notes, "signNote");
export const signRecord = /* @__PURE__ */ part(records, "signRecord");
export const verifierKey = /* @__PURE__ */ part(verifierKeys, "verifierKey");
export const verifyAuthored = /* @__PURE__ */ part(authorship, "verifyAuthored");
/** Counts no votes, for the smallest page: what needs a quorum is refused `quorum-unchecked` in quorum mode. */
export const verifyBundle = /* @__PURE__ */ bindVerifyBundle(platform);
/** The same, and counts the votes of what needs a quorum. */
export const verifyGovernedBundle = /* @__PURE__ */ bindVerifyBundle(platform, bindQuorumCheck);
const chains = /* @__PURE__ */ bindChains(platform);
export const verifyChain = /* @__PURE__ */ part(chains, "verifyChain");
const rotations = /* @__PURE__ */ bindRotations(platform, verifyGovernedBundle);
export const followRotations = /* @__PURE__ */ part(rotations, "followRotations");
export const signRotation = /* @__PURE__ */ part(rotations, "signRotation");
export const verifyRotation = /* @__PURE__ */ part(rotations, "verifyRotation");
export const verifyConsistency = /* @__PURE__ */ part(merkle, "verifyConsistency");
export const verifyInclusion = /* @__PURE__ */ part(merkle, "verifyInclusion");
export const verifyRecord = /* @__PURE__ */ part(records, "verifyRecord");
const quorum = /* @__PURE__ */ bindQuorum(platform);
export const admitVote = /* @__PURE__ */ part(quorum, "admitVote");
export const changeWitnesses = /* @__PURE__ */ part(quorum, "changeWitnesses");
export const enterQuorum = /* @__PURE__ */ part(quorum, "enterQuorum");
export const handOver = /* @__PURE__ */ part(quorum, "handOver");
export const proposalDigest = /* @__PURE__ */ part(quorum, "proposalDigest");
export const proveWitness = /* @__PURE__ */ part(quorum, "proveWitness");
export const signAttestation = /* @__PURE__ */ part(quorum, "signAttestation");
export const verifyAttestation = /* @__PURE__ */ part(quorum, "verifyAttestation");
export const verifyVote = /* @__PURE__ */ part(quorum, "verifyVote");
export const verifyWitnessProof = /* @__PURE__ */ part(quorum, "verifyWitnessProof");
