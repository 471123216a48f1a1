// What both entries share as it is: no platform in it.
export type { Authored, Authorship } from "./authored.ts";
export {
  BUNDLE_MAX,
  type BundleEntry,
  checkBundle,
  type HintedRole,
  type KeyHint,
  type ProofBundle,
  parseBundle,
} from "./bundle/bundle-file.ts";
export type {
  BundleRefusal,
  BundleReport,
  BundleReportEntry,
  BundleStep,
  BundleStepName,
  BundleVerdict,
  Citation,
} from "./bundle/report.ts";
export { BUNDLE_STEPS } from "./bundle/report.ts";
export { AUTHORED, type AuthoredRow, DOMAINS, type Domain } from "./domains.ts";
export { CanonError, type CanonErrorCode } from "./error.ts";
export { DIGEST, IDENTIFIER } from "./identifier.ts";
export type { Limits } from "./json/limits.ts";
export { parseJson } from "./json/parse.ts";
export type { Json, JsonObject } from "./json/value.ts";
export type { CompletedNode, FrontierJson } from "./merkle/frontier.ts";
export { type Leaf, leafBytes } from "./merkle/leaf.ts";
export type { GetNode } from "./merkle/range.ts";
export type { ConsistencyClaim, InclusionClaim } from "./merkle/verify.ts";
export { type Checkpoint, formatCheckpoint, parseCheckpoint, requireOrigin } from "./note/checkpoint.ts";
export type { Cosigned } from "./note/cosignature.ts";
export { formatLogProof, type LogProof, parseLogProof } from "./note/log-proof.ts";
export type { OpenedNote } from "./note/notes.ts";
export {
  formatSignatureLine,
  joinNote,
  type NoteSignature,
  parseSignatureLine,
  splitNote,
} from "./note/text.ts";
export type { Verifier } from "./note/verifier-key.ts";
export { type Commitment, type CommittedEnd, requireAgreed } from "./quorum/agreed.ts";
export type { Attestation, Attestations, SignedAttestation } from "./quorum/attestation.ts";
export { type Approvals, approvalsOf, leastApprovals, majorityOf } from "./quorum/governed.ts";
export { MAX_WITNESSES, type Proposal } from "./quorum/proposal.ts";
export type { WitnessProof, WitnessStatement } from "./quorum/statement.ts";
export {
  type Ballot,
  countVotes,
  NOW_LEAF,
  type RecordedVote,
  type VerifiedVote,
  type VoteCount,
  type VoteRefusal,
} from "./quorum/votes.ts";
export {
  activeWitnesses,
  MIN_WITNESSES,
  type Moment,
  presentKey,
  type SetRecord,
  type Witness,
  type WitnessKey,
  type WitnessSet,
} from "./quorum/witness-set.ts";
export type { ChainTip } from "./record/chain.ts";
export type {
  Author,
  CanonRecord,
  Link,
  Loa,
  RecordDraft,
  Signature,
  SignedRecord,
  VerifiedRecord,
} from "./record/frame.ts";
export { LOAS } from "./record/frame.ts";
export {
  isErasable,
  KINDS,
  type Kind,
  type KindRow,
  kindRow,
  MAX_RECORD_BYTES,
  type Space,
} from "./record/kinds.ts";
export type { EncodedRecord, Place } from "./record/records.ts";
export type { KeySource } from "./signature.ts";
export { formatTilePath, parseTilePath, TILE_WIDTH, type Tile, tileWidth } from "./tiles/path.ts";
export type { GetTile } from "./tiles/reader.ts";
export { decodeEntries, decodeTile, encodeEntries, encodeTile } from "./tiles/tile.ts";
export { coversLeaf } from "./trust/log-key.ts";
export {
  type KeyRotation,
  ROTATED_ROLES,
  type RotatedRole,
  rotatePinned,
  type SignedRotation,
} from "./trust/rotation.ts";
export {
  type Epoch,
  type PinnedCosigners,
  type PinnedKey,
  type PinnedRole,
  parseTrustFile,
  type TrustFile,
} from "./trust/trust-file.ts";
