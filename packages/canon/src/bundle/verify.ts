import { bindAuthorship } from "../authored.ts";
import { bindTreeHash } from "../merkle/hash.ts";
import { bindKeyNaming } from "../note/verifier-key.ts";
import type { ReadPlatform } from "../platform.ts";
import { bindRecordHash } from "../record/hash.ts";
import type { TrustFile } from "../trust/trust-file.ts";
import { checkBundle, type ProofBundle, parseBundle } from "./bundle-file.ts";
import { citedHashes } from "./citations.ts";
import { bindEntryChecks } from "./entry.ts";
import { bindHeadChecks, type Head } from "./head.ts";
import { hintedKeyring, pinnedKeyring } from "./keyring.ts";
import { checkEffects, checkStreamLinks } from "./relations.ts";
import type { BundleReport, Citation } from "./report.ts";
import { NotChecked, Refusal, Steps } from "./steps.ts";

/**
 * Checks a proof bundle (text, bytes or parsed) against a pinned trust file, offline, and says step by step what held.
 * Never throws for a bad bundle: the verdict is `verified`, `refused` with the code of the first failure, or `unpinned`
 * when there is no trust file and nothing contradicts itself.
 */
export type VerifyBundle = (bundle: unknown, trust?: TrustFile) => BundleReport;

function report(
  steps: Steps,
  trust: TrustFile | undefined,
  rest: Pick<BundleReport, "entries" | "cited">,
): BundleReport {
  const { code } = steps;
  if (code !== undefined) return { verdict: "refused", code, steps: steps.made, ...rest };
  return { verdict: trust === undefined ? "unpinned" : "verified", steps: steps.made, ...rest };
}

function checkGenesis(bundle: ProofBundle, trust: TrustFile, steps: Steps): void {
  const first = bundle.entries.find(({ index }) => index === 0);
  if (first === undefined) return;
  steps.make("genesis", "leaf 0", "genesis-mismatch", () => {
    if (first.rh !== trust.genesis) {
      throw new Refusal("genesis-mismatch", `leaf 0 is ${first.rh}, the trust file pins ${trust.genesis}`);
    }
    return "leaf 0 is the pinned genesis record";
  });
}

function citations({ entries }: ProofBundle): Citation[] {
  const proved = new Set(entries.map(({ rh }) => rh));
  return entries.flatMap(({ record }) => {
    if (record === undefined) return [];
    const by = record.record.id;
    return citedHashes(record.record).map((hash) => ({ hash, by, present: proved.has(hash) }));
  });
}

export function bindVerifyBundle(platform: ReadPlatform): VerifyBundle {
  const records = bindRecordHash(platform);
  const head = bindHeadChecks(bindKeyNaming(platform));
  const { checkEntry } = bindEntryChecks(records, bindAuthorship(platform), bindTreeHash(platform));

  return (input, trust) => {
    const steps = new Steps();
    const nothing = { entries: [], cited: [] };
    let read: ProofBundle | undefined;
    steps.make("format", undefined, "bundle-malformed", () => {
      read =
        typeof input === "string" || input instanceof Uint8Array ? parseBundle(input) : checkBundle(input);
      return `a proof bundle with ${read.entries.length} leaves`;
    });
    if (read === undefined) return report(steps, trust, nothing);
    const bundle = read;
    const ring =
      trust === undefined
        ? hintedKeyring(bundle, platform.verifyKey)
        : pinnedKeyring(trust, platform.verifyKey);
    const trusted = steps.make("trust", undefined, "trust-malformed", () => {
      if (trust !== undefined) return head.requireTrusted(bundle, trust, ring);
      throw new NotChecked("no trust file: the keys are those that the bundle names, which proves nothing");
    });
    if (!trusted) return report(steps, trust, nothing);
    let opened: Head | undefined;
    steps.make("checkpoint", undefined, "checkpoint-invalid", () => {
      opened = head.open(bundle, ring, trust !== undefined);
      return `the log ${opened.origin} commits to ${opened.size} leaves`;
    });
    if (opened === undefined) return report(steps, trust, nothing);
    const checkpoint = opened;
    if (trust !== undefined) {
      steps.make("cosignatures", undefined, "cosignature-invalid", () =>
        head.requireCosigned(bundle, checkpoint, trust),
      );
    }
    const entries = bundle.entries.map((entry) => checkEntry(entry, checkpoint, ring, steps));
    if (steps.code !== undefined) return report(steps, trust, { entries, cited: [] });
    if (trust !== undefined) checkGenesis(bundle, trust, steps);
    checkStreamLinks(bundle.entries, steps);
    checkEffects(bundle.entries, records, steps);
    const cited = citations(bundle);
    const present = cited.filter((each) => each.present).length;
    steps.make(
      "citations",
      undefined,
      "record-hash-mismatch",
      () => `${present} of ${cited.length} cited records are here`,
    );
    return report(steps, trust, { entries, cited });
  };
}
