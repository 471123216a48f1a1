import type { JsonObject } from "../json/value.ts";
import type { Kind, Space } from "./kinds.ts";

/** Levels of Access by name. Their order is policy, and not known here. */
export const LOAS = ["Guest", "Observer", "Operator", "Mentor", "Root"] as const;
/** One Level of Access. */
export type Loa = (typeof LOAS)[number];

/** On whose behalf a record was written, at which effective level, and by which decision. */
export interface Author {
  readonly principal: string;
  readonly loa: Loa;
  readonly module?: string;
  readonly run?: string;
  readonly decision?: string;
}

/** A named reference to another record by its hash. */
export interface Link {
  readonly label: string;
  /** `sha256:<hex>` */
  readonly target: string;
}

/** What an author writes. The store gives it a place in its stream and a time. */
export interface RecordDraft {
  /** UUID version 7. */
  readonly id: string;
  readonly kind: Kind;
  readonly space: Space;
  /** The chain it belongs to, such as `memory/alice`. */
  readonly stream: string;
  /** The least level that may read it. */
  readonly loa: Loa;
  readonly author: Author;
  readonly links: readonly Link[];
  /** 32 random bytes, base64url: its hash reveals nothing about the content. */
  readonly salt: string;
  readonly payload: JsonObject;
}

/** A record: a draft with its place and time. */
export interface CanonRecord extends RecordDraft {
  readonly v: 1;
  /** 0-based position in the stream, without gaps. */
  readonly seq: number;
  /** Hash of the record at `seq` − 1 in the same stream; null at 0. */
  readonly prev: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly ts: string;
}

/** An Ed25519 signature and the thumbprint of its key. */
export interface Signature {
  readonly kid: string;
  readonly alg: "Ed25519";
  /** base64url of 64 bytes. */
  readonly value: string;
}

/** A record under the record key of a store. */
export interface SignedRecord {
  readonly record: CanonRecord;
  readonly sig: Signature;
}

declare const verified: unique symbol;
/** A record whose frame, kind, size and signature were checked. Only `verifyRecord` makes one. */
export type VerifiedRecord = SignedRecord & { readonly [verified]: true };
