import { utf8 } from "@sigil/crypto/bytes";
import { type Authorship, bindAuthorship } from "./authored.ts";
import { bindVerifyBundle, type VerifyBundle } from "./bundle/verify.ts";
import type { Limits } from "./json/limits.ts";
import { bindMerkle, type Merkle } from "./merkle/merkle.ts";
import { bindCheckpoints, type Checkpoints } from "./note/checkpoint.ts";
import { bindNotes, type Notes } from "./note/notes.ts";
import type { Platform } from "./platform.ts";
import { bindRecords, type Records } from "./record/records.ts";

/** Everything that depends on the platform. */
export interface Canon extends Authorship, Checkpoints, Merkle, Notes, Records {
  /** The RFC 8785 text of a value, or a refusal by code and path. */
  canonicalize(value: unknown, limits?: Limits): string;
  /** The RFC 8785 bytes of a value, or a refusal by code and path. */
  canonicalBytes(value: unknown, limits?: Limits): Uint8Array;
  verifyBundle: VerifyBundle;
}

/** Joins the parts of this package over one platform. */
export function bindCanon(platform: Platform): Canon {
  const records = bindRecords(platform);
  const authorship = bindAuthorship(platform);
  const merkle = bindMerkle(platform);
  const notes = bindNotes(platform);
  const checkpoints = bindCheckpoints(notes);
  return {
    ...records,
    ...authorship,
    ...merkle,
    ...notes,
    ...checkpoints,
    canonicalize: platform.canonicalize,
    canonicalBytes: (value, limits) => utf8(platform.canonicalize(value, limits)),
    verifyBundle: bindVerifyBundle({ platform, records, authorship, merkle, notes, checkpoints }),
  };
}
