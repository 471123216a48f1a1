import { type BundleReport, parseBundle, type TrustFile } from "@sigil/canon";
import { type ChainReport, checkChains } from "@sigil/wire";
import { EXIT, type ExitCode } from "./exit.ts";
import { type FollowedKey, verifyFollowing } from "./followed.ts";
import { BUNDLE_EXIT } from "./show/bundle.ts";

/** What a bundle proves: the report on its records, and what every chain among them says and whether that holds. */
export interface Proved {
  readonly report: BundleReport;
  readonly followed: FollowedKey[];
  readonly unfollowed?: string;
  readonly chains: readonly ChainReport[];
}

/**
 * Verifies a bundle offline: hashes, both signatures and places first; then each frozen chain against the records that it
 * cites. Chains of a bundle that is refused are not looked at.
 */
export function prove(bundle: string, trust: TrustFile | undefined): Proved {
  const verified = verifyFollowing(bundle, trust);
  if (verified.report.verdict === "refused") return { ...verified, chains: [] };
  const records = parseBundle(bundle).entries.flatMap(({ index, rh, record }) =>
    record === undefined ? [] : [{ index, rh, record: record.record }],
  );
  return { ...verified, chains: checkChains(records) };
}

/** 0 verified, 1 refused, 2 unpinned. */
export function provedExit({ report, chains }: Proved): ExitCode {
  if (chains.some(({ verdict }) => verdict === "refused")) return EXIT.refused;
  return BUNDLE_EXIT[report.verdict];
}

/** The report with what it came to beside it. */
export function provedJson({ report, ...rest }: Proved): object {
  return { ...report, ...rest };
}
