import {
  type BundleReport,
  CanonError,
  followRotations,
  type PinnedKey,
  parseBundle,
  ROTATED_ROLES,
  type RotatedRole,
  type TrustFile,
  verifyBundle,
} from "@sigil/canon";

/** A key that no trust file pinned yet, and that a chain of proved rotations leads to. */
export interface FollowedKey extends PinnedKey {
  readonly role: RotatedRole;
}

/**
 * The report on a bundle. Where its keys are newer than the trust file, the rotations that it proves are followed: a key
 * counts when a pinned key handed over to it, both signed that, and the log holds it. `followed` names such keys, and
 * `unfollowed` says why a rotation in the bundle does not count.
 */
export function verifyFollowing(
  bundle: string,
  trust: TrustFile | undefined,
): { report: BundleReport; followed: FollowedKey[]; unfollowed?: string } {
  const report = verifyBundle(bundle, trust);
  if (trust === undefined || report.code !== "key-not-pinned") return { report, followed: [] };
  try {
    const after = followRotations(trust, parseBundle(bundle));
    const followed = ROTATED_ROLES.flatMap((role) =>
      after.keys[role].slice(trust.keys[role].length).map((key) => ({ role, ...key })),
    );
    return { report: after === trust ? report : verifyBundle(bundle, after), followed };
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    return { report, followed: [], unfollowed: `${error.code}: ${error.message}` };
  }
}
