import { fromBase64 } from "@sigil/crypto/bytes";
import type { Authorship } from "../authored.ts";
import { AUTHORED } from "../domains.ts";
import type { TreeHash } from "../merkle/hash.ts";
import type { NodeHash } from "../merkle/range.ts";
import { requireInclusion } from "../merkle/verify.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import type { CanonRecord, SignedRecord } from "../record/frame.ts";
import type { RecordHash } from "../record/hash.ts";
import { requireSignature } from "../signature.ts";
import type { BundleEntry, HintedRole } from "./bundle-file.ts";
import type { Keyring } from "./keyring.ts";
import type { BundleRefusal, BundleReportEntry, BundleStepName } from "./report.ts";
import { NotChecked, Refusal, type Steps } from "./steps.ts";

/** The checks of the leaves of one bundle and their records. */
export type EntryChecks = (
  checkpoint: Checkpoint,
  ring: Keyring,
  steps: Steps,
) => (entry: BundleEntry) => BundleReportEntry;

function resolve(ring: Keyring, role: HintedRole, index: number) {
  return (kid: string) => {
    const key = ring.find(role, kid, index);
    if (key === undefined) throw new NotChecked(`nobody gives the ${role} key ${kid}, so it was not checked`);
    return key;
  };
}

export function bindEntryChecks(
  { hashOfMessage, withMessage }: RecordHash,
  { verifyAuthored }: Pick<Authorship, "verifyAuthored">,
  { hashLeaf, nodeHash }: TreeHash,
  remember: (nodeHash: NodeHash) => NodeHash,
): EntryChecks {
  function checkInclusion(entry: BundleEntry, { root, size }: Checkpoint, hashNode: NodeHash): string {
    const { index, proof } = entry;
    const claim = { leafHash: hashLeaf(entry), index, size, proof: proof.map(fromBase64), root };
    requireInclusion(claim, hashNode);
    return `leaf ${index} is in the tree of ${size} leaves`;
  }

  function checkHash(message: Uint8Array, rh: string): string {
    const hash = hashOfMessage(message);
    if (hash !== rh) throw new Refusal(`the record hashes to ${hash}, its leaf says ${rh}`);
    return "the record hashes to what its leaf says";
  }

  function checkAuthored({ kind, payload }: CanonRecord, index: number, ring: Keyring): string {
    const row = AUTHORED[kind];
    if (row === undefined) return `a ${kind} record has no author's signature`;
    verifyAuthored(row.domain, payload, resolve(ring, row.role, index));
    return `the ${kind} is signed by ${row.role}`;
  }

  return (checkpoint, ring, steps) => {
    const hashNode = remember(nodeHash);
    let held = new Uint8Array(0);
    /** A copy of the message, good until the next one. */
    const hold = (message: Uint8Array): Uint8Array => {
      if (held.length < message.length) held = new Uint8Array(2 * message.length);
      held.set(message);
      return held.subarray(0, message.length);
    };
    return (entry) => {
      const { index, record: signed, rh } = entry;
      const checks: BundleStepName[] = [];
      const make = (name: BundleStepName, code: BundleRefusal, check: () => string): boolean => {
        const passed = steps.make(name, `leaf ${index}`, code, check);
        if (steps.made.at(-1)?.ok === true) checks.push(name);
        return passed;
      };
      const included = make("inclusion", "inclusion-invalid", () =>
        checkInclusion(entry, checkpoint, hashNode),
      );
      if (signed === undefined) return { index, rh, checks };
      const { record, sig }: SignedRecord = signed;
      const { id, kind } = record;
      const known = { index, id, kind, rh, checks };
      // Hash and signature are over the same bytes: the frame was checked when the bundle was read.
      let message: Uint8Array | undefined;
      const hashed =
        included &&
        make("record-hash", "record-hash-mismatch", () => {
          message = withMessage(record, hold);
          return checkHash(message, rh);
        });
      if (!hashed || message === undefined) return known;
      const bytes = message;
      const isSigned = make("record-signature", "signature-invalid", () => {
        requireSignature(bytes, sig, resolve(ring, "record", index), "$.sig");
        return `signed by record key ${sig.kid}`;
      });
      if (isSigned && AUTHORED[kind] !== undefined)
        make("authored-signature", "authored-signature-invalid", () => checkAuthored(record, index, ring));
      return known;
    };
  };
}
