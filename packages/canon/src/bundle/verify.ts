import { fromBase64 } from "@sigil/crypto/bytes";
import type { Authorship } from "../authored.ts";
import { AUTHORED } from "../domains.ts";
import { leafBytes } from "../merkle/leaf.ts";
import type { Merkle } from "../merkle/merkle.ts";
import type { Checkpoint, Checkpoints } from "../note/checkpoint.ts";
import type { Notes } from "../note/notes.ts";
import { splitNote } from "../note/text.ts";
import type { Platform } from "../platform.ts";
import type { SignedRecord } from "../record/frame.ts";
import type { Records } from "../record/records.ts";
import type { TrustFile } from "../trust/trust-file.ts";
import {
  type BundleEntry,
  checkBundle,
  type HintedRole,
  type ProofBundle,
  parseBundle,
} from "./bundle-file.ts";
import { citedHashes } from "./citations.ts";
import { hintedKeyring, type Keyring, pinnedKeyring } from "./keyring.ts";
import { checkEffects, checkStreamLinks } from "./relations.ts";
import type { BundleReport, BundleReportEntry, BundleStepName, Citation } from "./report.ts";
import { NotChecked, Refusal, Steps } from "./steps.ts";

/** What a verification is made of. */
export interface Parts {
  readonly platform: Platform;
  readonly records: Records;
  readonly authorship: Authorship;
  readonly merkle: Merkle;
  readonly notes: Notes;
  readonly checkpoints: Checkpoints;
}

/**
 * Checks a proof bundle (text, bytes or parsed) against a pinned trust file, offline, and says step by step what held.
 * Never throws for a bad bundle: the verdict is `verified`, `refused` with the code of the first failure, or `unpinned`
 * when there is no trust file and nothing contradicts itself.
 */
export type VerifyBundle = (bundle: unknown, trust?: TrustFile) => BundleReport;

type WithRecord = BundleEntry & { readonly record: SignedRecord };

function report(
  steps: Steps,
  trust: TrustFile | undefined,
  rest: Pick<BundleReport, "entries" | "cited">,
): BundleReport {
  const { code } = steps;
  if (code !== undefined) return { verdict: "refused", code, steps: steps.made, ...rest };
  return { verdict: trust === undefined ? "unpinned" : "verified", steps: steps.made, ...rest };
}

export function bindVerifyBundle(parts: Parts): VerifyBundle {
  const { authorship, checkpoints, merkle, notes, platform, records } = parts;

  function requireTrusted(bundle: ProofBundle, trust: TrustFile, ring: Keyring): string {
    const vkeys = ring
      .logKeys()
      .map(({ raw }) => notes.parseVerifierKey(notes.verifierKey(bundle.origin, raw)));
    const { signatures } = splitNote(bundle.checkpoint);
    const known = signatures.some(({ name, keyHash }) =>
      vkeys.some((vkey) => vkey.name === name && vkey.keyHash === keyHash),
    );
    if (!known)
      throw new Refusal("key-not-pinned", "the checkpoint carries no signature by a pinned log key");
    if (!trust.epochs.some(({ origin }) => origin === bundle.origin)) {
      throw new Refusal("origin-not-pinned", `the trust file knows no log ${bundle.origin}`);
    }
    return `trust file of ${trust.runtimeId} pins the log key of ${bundle.origin}`;
  }

  function openCheckpoint(bundle: ProofBundle, ring: Keyring, pinned: boolean): Checkpoint {
    const open = (size?: number) => {
      const vkeys = ring.logKeys(size).map(({ raw }) => notes.verifierKey(bundle.origin, raw));
      if (vkeys.length > 0) return checkpoints.openCheckpoint(bundle.checkpoint, bundle.origin, vkeys);
      if (!pinned) throw new NotChecked("the bundle names no log key, so its checkpoint was not checked");
      throw new Refusal("key-not-pinned", "no log key is pinned for a checkpoint of this size");
    };
    // The size is only believed once a log key signed it; then the key must be the one for that size.
    return open(open().size);
  }

  function checkInclusion(entry: BundleEntry, { root, size }: Checkpoint): string {
    const { ch, index, proof, rh } = entry;
    const leafHash = merkle.leafHash(leafBytes({ ch, rh }));
    merkle.verifyInclusion({ leafHash, index, size, proof: proof.map(fromBase64), root });
    return `leaf ${index} is in the tree of ${size} leaves`;
  }

  function checkHash({ record: { record }, rh }: WithRecord): string {
    const hash = records.recordHash(record);
    if (hash !== rh)
      throw new Refusal("record-hash-mismatch", `the record hashes to ${hash}, its leaf says ${rh}`);
    return "the record hashes to what its leaf says";
  }

  function resolve(ring: Keyring, role: HintedRole, index: number) {
    return (kid: string) => {
      const key = ring.find(role, kid, index);
      if (key === undefined)
        throw new NotChecked(`nobody gives the ${role} key ${kid}, so it was not checked`);
      return key;
    };
  }

  function checkRecordSignature({ index, record }: WithRecord, ring: Keyring): string {
    records.verifyRecord(record, resolve(ring, "record", index));
    return `signed by record key ${record.sig.kid}`;
  }

  function checkAuthored({ index, record: { record } }: WithRecord, ring: Keyring): string {
    const row = AUTHORED[record.kind];
    if (row === undefined) return `a ${record.kind} record has no author's signature`;
    authorship.verifyAuthored(row.domain, record.payload, resolve(ring, row.role, index));
    return `the ${record.kind} is signed by ${row.role}`;
  }

  function checkEntry(
    entry: BundleEntry,
    checkpoint: Checkpoint,
    ring: Keyring,
    steps: Steps,
  ): BundleReportEntry {
    const subject = `leaf ${entry.index}`;
    const checks: BundleStepName[] = [];
    const make = (name: BundleStepName, code: Parameters<Steps["make"]>[2], check: () => string): boolean => {
      const passed = steps.make(name, subject, code, check);
      if (steps.made.at(-1)?.ok === true) checks.push(name);
      return passed;
    };
    const { index, record, rh } = entry;
    const included = make("inclusion", "inclusion-invalid", () => checkInclusion(entry, checkpoint));
    if (record === undefined) return { index, rh, checks };
    const whole: WithRecord = { ...entry, record };
    const { id, kind } = record.record;
    if (included && make("record-hash", "record-hash-mismatch", () => checkHash(whole))) {
      if (make("record-signature", "signature-invalid", () => checkRecordSignature(whole, ring))) {
        if (AUTHORED[kind] !== undefined) {
          make("authored-signature", "authored-signature-invalid", () => checkAuthored(whole, ring));
        }
      }
    }
    return { index, id, kind, rh, checks };
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

  function citations(entries: readonly BundleEntry[]): Citation[] {
    const proved = new Set(entries.map(({ rh }) => rh));
    return entries.flatMap(({ record }) => {
      if (record === undefined) return [];
      const by = record.record.id;
      return citedHashes(record.record).map((hash) => ({ hash, by, present: proved.has(hash) }));
    });
  }

  return (input, trust) => {
    const steps = new Steps();
    const nothing = { entries: [], cited: [] };
    let bundle: ProofBundle | undefined;
    steps.make("format", undefined, "bundle-malformed", () => {
      bundle =
        typeof input === "string" || input instanceof Uint8Array ? parseBundle(input) : checkBundle(input);
      return `a proof bundle with ${bundle.entries.length} leaves`;
    });
    if (bundle === undefined) return report(steps, trust, nothing);
    const read = bundle;
    const ring =
      trust === undefined
        ? hintedKeyring(read, platform.verifyKey)
        : pinnedKeyring(trust, platform.verifyKey);
    const trusted = steps.make("trust", undefined, "trust-malformed", () => {
      if (trust !== undefined) return requireTrusted(read, trust, ring);
      throw new NotChecked("no trust file: the keys are those that the bundle names, which proves nothing");
    });
    if (!trusted) return report(steps, trust, nothing);
    let checkpoint: Checkpoint | undefined;
    steps.make("checkpoint", undefined, "checkpoint-invalid", () => {
      checkpoint = openCheckpoint(read, ring, trust !== undefined);
      return `the log ${checkpoint.origin} commits to ${checkpoint.size} leaves`;
    });
    if (checkpoint === undefined) return report(steps, trust, nothing);
    const opened = checkpoint;
    const entries = read.entries.map((entry) => checkEntry(entry, opened, ring, steps));
    if (steps.code !== undefined) return report(steps, trust, { entries, cited: [] });
    if (trust !== undefined) checkGenesis(read, trust, steps);
    const signed = read.entries.flatMap(({ record }) => (record === undefined ? [] : [record.record]));
    checkStreamLinks(signed, records, steps);
    checkEffects(signed, records, steps);
    const cited = citations(read.entries);
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
