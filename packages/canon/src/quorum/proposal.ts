import { toHex } from "@sigil/crypto/bytes";
import { digest, identifier, name, timestamp, uuidV7 } from "../identifier.ts";
import type { JsonObject } from "../json/value.ts";
import type { ReadPlatform } from "../platform.ts";
import { LOAS, type Loa } from "../record/frame.ts";
import { KINDS, type Kind } from "../record/kinds.ts";
import { anyObject, count, fieldInvalid, list, nullOr, object, oneOf, type Shape, text } from "../shape.ts";

/**
 * What is put to the witnesses: exactly the record that its commit writes. k and the eligible witnesses come from the
 * table and the set in force when it was created, never from the proposer.
 */
export interface Proposal {
  readonly v: 1;
  /** UUID version 7. */
  readonly id: string;
  readonly runtimeId: string;
  readonly action: string;
  readonly entry: { readonly kind: Kind; readonly stream: string; readonly loa: Loa };
  /** The payload of that record; of `record.erased`, which names what is found at the commit, only `{principal, complete}`. */
  readonly content: JsonObject;
  /** Tip of the target's stream when it was created; null when that was empty. */
  readonly prevHash: string | null;
  readonly policyDigest: string;
  /** Approvals by other principals that it needs; 0 in solo mode. */
  readonly requiredK: number;
  /** Version of the witness set that it was created under; 0 in solo mode. */
  readonly witnessVersion: number;
  /** Ids of the witnesses whose votes count. */
  readonly eligible: readonly string[];
  readonly proposer: string;
  readonly reason: string;
  readonly createdAt: string;
  /** It may be voted on and committed before this time and not at it. */
  readonly expiresAt: string;
}

/** The most witnesses that a set, and so a proposal, has. */
export const MAX_WITNESSES = 64;

/** A string of at most `max` UTF-16 units. */
export function textUpTo(max: number): Shape {
  return (value, steps, depth) => {
    if (typeof value !== "string" || value.length > max)
      throw fieldInvalid(value, steps, depth, `text of at most ${max} characters`);
  };
}

export const proposalShape = /* @__PURE__ */ object({
  v: oneOf(1),
  id: uuidV7,
  runtimeId: name,
  action: text(/^[a-z][a-z-]*\.[a-z][a-z-]*$/, "an action such as policy.change"),
  entry: object({ kind: oneOf(...Object.keys(KINDS)), stream: identifier, loa: oneOf(...LOAS) }),
  content: anyObject,
  prevHash: nullOr(digest),
  policyDigest: digest,
  requiredK: count,
  witnessVersion: count,
  eligible: list(name, MAX_WITNESSES),
  proposer: name,
  reason: textUpTo(1024),
  createdAt: timestamp,
  expiresAt: timestamp,
});

/** The digest of proposals. */
export interface Proposals {
  /**
   * `sha256:<hex>` over the RFC 8785 bytes of a proposal, at most 64 KiB: what attestations sign. Refuses what does not have
   * the shape of a proposal by field (`field-…`).
   */
  proposalDigest(proposal: unknown): string;
}

export function bindProposals({ sha256, withCanonical }: ReadPlatform): Proposals {
  return {
    proposalDigest(proposal) {
      proposalShape(proposal, [], 0);
      return withCanonical("", proposal, undefined, (bytes) => `sha256:${toHex(sha256(bytes))}`);
    },
  };
}
