import { bindAuthorReading } from "../authored.ts";
import { bindTreeHash } from "../merkle/hash.ts";
import type { NodeHash } from "../merkle/range.ts";
import { bindKeyNaming } from "../note/verifier-key.ts";
import type { ReadPlatform } from "../platform.ts";
import { bindRecordHash, type RecordHash } from "../record/hash.ts";
import { kindRow } from "../record/kinds.ts";
import type { TrustFile } from "../trust/trust-file.ts";
import { checkBundle, type ProofBundle, parseBundle } from "./bundle-file.ts";
import { citedHashes } from "./citations.ts";
import { bindEntryChecks } from "./entry.ts";
import { bindHeadChecks, type Head } from "./head.ts";
import { hintedKeyring, pinnedKeyring } from "./keyring.ts";
import type { QuorumCheck } from "./quorum.ts";
import { checkEffects, checkStreamLinks, type Proved, provedOf } from "./relations.ts";
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
      throw new Refusal(`leaf 0 is ${first.rh}, the trust file pins ${trust.genesis}`);
    }
    return "leaf 0 is the pinned genesis record";
  });
}

function citations(all: readonly Proved[], { entries }: ProofBundle): Citation[] {
  const present = new Set(entries.map(({ rh }) => rh));
  return all.flatMap(({ record }) =>
    citedHashes(record).map((hash) => ({ hash, by: record.id, present: present.has(hash) })),
  );
}

/** Counts no votes: what may need a quorum is refused in quorum mode, never verified. */
const countNoVotes: QuorumCheck = (proved, trust, steps) => {
  const governed = ({ record: { kind, payload } }: Proved) =>
    kindRow(kind).governed && (trust?.quorum.ceremony || payload.mode === "quorum");
  const found = trust && proved.find(governed);
  if (found)
    steps.make("quorum", found.record.id, "quorum-unchecked", () => {
      throw new Refusal("this verifier counts no votes");
    });
};

export function bindVerifyBundle(
  platform: ReadPlatform,
  bindQuorum?: (platform: ReadPlatform, records: RecordHash) => QuorumCheck,
  remember: (nodeHash: NodeHash) => NodeHash = (nodeHash) => nodeHash,
): VerifyBundle {
  const records = bindRecordHash(platform);
  const checkQuorum = bindQuorum?.(platform, records) ?? countNoVotes;
  const head = bindHeadChecks(bindKeyNaming(platform));
  const entryChecks = bindEntryChecks(records, bindAuthorReading(platform), bindTreeHash(platform), remember);

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
    const entries = bundle.entries.map(entryChecks(checkpoint, ring, steps));
    if (steps.code !== undefined) return report(steps, trust, { entries, cited: [] });
    if (trust !== undefined) checkGenesis(bundle, trust, steps);
    const proved = provedOf(bundle.entries);
    checkStreamLinks(proved, steps);
    checkEffects(proved, records, steps);
    checkQuorum(proved, trust, steps);
    const cited = citations(proved, bundle);
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
