import { CanonError, type CanonErrorCode } from "../error.ts";
import type { ReadPlatform } from "../platform.ts";
import { type KeySource, requireSignature } from "../signature.ts";
import { requireSignedFrame } from "./check.ts";
import type { SignedRecord, VerifiedRecord } from "./frame.ts";
import { bindRecordHash } from "./hash.ts";

/** The last record of a chain: its position, and its hash, which the next one names. */
export interface ChainTip {
  readonly seq: number;
  /** `sha256:<hex>` */
  readonly hash: string;
}

/** The verification of whole streams. */
export interface Chains {
  /**
   * The records of one stream in their order, from its first or from behind `after`, and the tip behind which it goes on: each
   * signed by its key, at the next position, naming the hash of the one before. Throws the first fault at its place in the
   * list, `$[n]`: what a single record gives (`field-…`, `key-unknown`, `signature-invalid` for an edited one, `size-exceeded`),
   * `chain-stream` for one of another stream, `chain-fork` for a second one at a position, `chain-order` for one before its turn,
   * `chain-deletion` where one is missing, `chain-edit` when the one before it is not the one that it was written after. That
   * nothing is missing at the end only a checkpoint shows.
   */
  verifyChain(
    records: readonly unknown[],
    keys: KeySource,
    after?: ChainTip,
  ): { readonly records: readonly VerifiedRecord[]; readonly tip: ChainTip | undefined };
}

export function bindChains(platform: ReadPlatform): Chains {
  const { hashOfMessage, withMessage } = bindRecordHash(platform);

  /** The hash of a record whose signature holds. */
  function requireSigned({ record, sig }: SignedRecord, keys: KeySource, path: string): string {
    return withMessage(record, (message) => {
      requireSignature(message, sig, keys, `${path}.sig`);
      return hashOfMessage(message);
    });
  }

  return {
    verifyChain(values, keys, after) {
      const records = values.map((value, n): SignedRecord => requireSignedFrame(value, [n], 1));
      const stream = records[0]?.record.stream;
      let tip = after;
      const verified = records.map((signed, n) => {
        const need = (holds: boolean, code: CanonErrorCode, detail: string) => {
          if (!holds) throw new CanonError(code, detail, `$[${n}]`);
        };
        const hash = requireSigned(signed, keys, `$[${n}]`);
        const { prev, seq, stream: own } = signed.record;
        const turn = tip === undefined ? 0 : tip.seq + 1;
        need(own === stream, "chain-stream", `is of stream ${own}; the first record is of ${stream}`);
        need(seq >= turn, "chain-fork", `is at position ${seq}, which is taken already`);
        const isTurn = ({ record }: SignedRecord) => record.seq === turn;
        need(seq === turn || !records.some(isTurn), "chain-order", `is at position ${seq}, before ${turn}`);
        need(seq === turn, "chain-deletion", `is at position ${seq}, and the record at ${turn} is missing`);
        const before = tip?.hash ?? null;
        need(prev === before, "chain-edit", `was written after ${prev}; before it stands ${before}`);
        tip = { seq, hash };
        return signed as VerifiedRecord;
      });
      return { records: verified, tip };
    },
  };
}
