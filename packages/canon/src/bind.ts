import { type Authorship, bindAuthorship } from "./authored.ts";
import { bindQuorumCheck } from "./bundle/quorum.ts";
import { bindVerifyBundle, type VerifyBundle } from "./bundle/verify.ts";
import type { Limits } from "./json/limits.ts";
import { bindLeafHash, bindTreeHash, type LeafHash, rememberNodes, type TreeHash } from "./merkle/hash.ts";
import { bindMerkle, type Merkle } from "./merkle/merkle.ts";
import { bindCheckpoints, type Checkpoints } from "./note/checkpoint.ts";
import { bindCosignatures, type Cosignatures } from "./note/cosignature.ts";
import { bindNotes, type Notes } from "./note/notes.ts";
import { bindKeyNaming, bindVerifierKeys, type VerifierKeys } from "./note/verifier-key.ts";
import type { Platform } from "./platform.ts";
import { bindQuorum, type Quorum } from "./quorum/quorum.ts";
import { bindChains, type Chains } from "./record/chain.ts";
import { bindRecords, type Records } from "./record/records.ts";
import { bindTileReader, type TileReader } from "./tiles/reader.ts";
import { bindPinnedLog, type PinnedLog } from "./trust/log-key.ts";
import { bindRotations, type Rotations } from "./trust/rotation.ts";

/** Everything that depends on the platform. */
export interface Canon
  extends Authorship,
    Chains,
    Checkpoints,
    Cosignatures,
    LeafHash,
    Merkle,
    Notes,
    PinnedLog,
    Quorum,
    Records,
    Rotations,
    TileReader,
    TreeHash,
    VerifierKeys {
  /** The RFC 8785 text of a value, or a refusal by code and path. */
  canonicalize(value: unknown, limits?: Limits): string;
  /** The RFC 8785 bytes of a value, or a refusal by code and path. */
  canonicalBytes(value: unknown, limits?: Limits): Uint8Array;
  verifyBundle: VerifyBundle;
}

/** Joins the parts of this package over one platform. */
export function bindCanon(platform: Platform): Canon {
  const hash = bindTreeHash(platform);
  const naming = bindKeyNaming(platform);
  const notes = bindNotes(naming);
  const verifyBundle = bindVerifyBundle(platform, bindQuorumCheck, rememberNodes);
  return {
    ...bindRecords(platform),
    ...bindAuthorship(platform),
    ...bindChains(platform),
    ...hash,
    ...bindLeafHash(platform, hash),
    ...bindMerkle(hash),
    ...bindTileReader(hash),
    ...bindVerifierKeys(naming, platform),
    ...notes,
    ...bindCheckpoints(notes, naming),
    ...bindCosignatures(naming),
    ...bindPinnedLog(naming, platform),
    ...bindQuorum(platform),
    ...bindRotations(platform, verifyBundle),
    canonicalize: platform.canonicalize,
    canonicalBytes: (value, limits) => platform.withCanonical("", value, limits, (bytes) => bytes.slice()),
    verifyBundle,
  };
}
