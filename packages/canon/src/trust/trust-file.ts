import { CanonError } from "../error.ts";
import { base64urlOf, digest, identifier } from "../identifier.ts";
import type { Limits } from "../json/limits.ts";
import { parseJson } from "../json/parse.ts";
import { requireOrigin } from "../note/checkpoint.ts";
import { count, fieldInvalid, list, nullOr, object, oneOf, parsed, text } from "../shape.ts";

/** A key that its holder's operator vouches for, for the leaves `from` ≤ index < `to` (no end when `to` is null). */
export interface PinnedKey {
  readonly kid: string;
  /** base64url of 32 bytes. */
  readonly publicKey: string;
  readonly from: number;
  readonly to: number | null;
}

/** The roles that a trust file pins keys for. */
export const PINNED_ROLES = ["log", "record", "sigilderg", "mmf", "issuer"] as const;
/** A role with pinned keys. */
export type PinnedRole = (typeof PINNED_ROLES)[number];

/** One life of a log: a restore begins another. */
export interface Epoch {
  readonly epoch: number;
  readonly origin: string;
  readonly from: number;
}

/** Log witnesses, and how many of them must have cosigned a checkpoint before it is believed. */
export interface PinnedCosigners {
  /** C2SP verifier keys of type 0x04, each name and each key once. */
  readonly keys: readonly string[];
  /** From 1 to the number of keys. */
  readonly threshold: number;
}

/** What a verifier believes before it reads anything: `trust.json`. */
export interface TrustFile {
  readonly v: 1;
  readonly type: "sigil-trust";
  readonly runtimeId: string;
  /** `sigil.local/log/<runtimeId>` */
  readonly origin: string;
  readonly epochs: readonly Epoch[];
  readonly keys: Readonly<Record<PinnedRole, readonly PinnedKey[]>>;
  /** Hash of the record at leaf 0. */
  readonly genesis: string;
  readonly quorum: { readonly mode: "solo" | "quorum"; readonly ceremony: string | null };
  /** Absent: a checkpoint needs no cosignature. */
  readonly cosigners?: PinnedCosigners;
}

const LIMITS: Limits = { maxBytes: 1024 * 1024, maxDepth: 8 };
const origin = parsed(requireOrigin, "a log origin");
const pinned = list(
  object({ kid: base64urlOf(32), publicKey: base64urlOf(32), from: count, to: nullOr(count) }),
  1024,
);
const cosigners = object({
  keys: list(text(/^[^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/, "a verifier key of a cosigner"), 64),
  threshold: count,
});
const fields = {
  v: oneOf(1),
  type: oneOf("sigil-trust"),
  runtimeId: identifier,
  origin,
  epochs: list(object({ epoch: count, origin, from: count }), 1024),
  keys: object(Object.fromEntries(PINNED_ROLES.map((role) => [role, pinned]))),
  genesis: digest,
  quorum: object({ mode: oneOf("solo", "quorum"), ceremony: nullOr(digest) }),
};
const shape = object(fields, { cosigners });

// One key under two names, or a threshold that nobody can reach or that asks for nobody, says another thing than it seems to.
function requireCosigners({ keys, threshold }: PinnedCosigners): void {
  // Behind the name: a plus sign, eight digits, a plus sign, 44 characters of base64.
  for (const part of [(vkey: string) => vkey.slice(0, -54), (vkey: string) => vkey.slice(-44)]) {
    if (new Set(keys.map(part)).size !== keys.length)
      throw new CanonError("field-invalid", "must have each name and each key once", "$.cosigners.keys");
  }
  if (threshold < 1 || threshold > keys.length) {
    throw fieldInvalid(
      threshold,
      ["cosigners", "threshold"],
      2,
      `from 1 to the number of keys, ${keys.length}`,
    );
  }
}

function requireEpochs({ epochs, origin: first }: TrustFile): void {
  if (epochs.length === 0) throw new CanonError("field-invalid", "must have epoch 0", "$.epochs");
  // An epoch may begin before the one before it did: a restore goes back to any backup.
  epochs.forEach((each, n) => {
    const name = n === 0 ? first : `${first}/epoch/${n}`;
    if (each.epoch !== n || each.origin !== name) {
      const must = `must be epoch ${n} with origin ${name}`;
      throw new CanonError("field-invalid", must, `$.epochs[${n}]`);
    }
  });
}

/**
 * Reads a trust file: strict JSON, every field known. Throws {@link CanonError} with a path. That each `kid` is the
 * thumbprint of its key is checked where the key is used.
 */
export function parseTrustFile(input: string | Uint8Array): TrustFile {
  const value = parseJson(input, LIMITS);
  shape(value, [], 0);
  const trust = value as unknown as TrustFile;
  requireEpochs(trust);
  if (trust.cosigners !== undefined) requireCosigners(trust.cosigners);
  return trust;
}
