import { CanonError } from "../error.ts";
import { base64urlOf, digest } from "../identifier.ts";
import type { Limits } from "../json/limits.ts";
import { parseJson } from "../json/parse.ts";
import { requireOrigin } from "../note/checkpoint.ts";
import { parseSignatureLine, splitNote } from "../note/text.ts";
import { requireSignedFrame } from "../record/check.ts";
import type { SignedRecord } from "../record/frame.ts";
import { count, list, object, oneOf, parsed, text } from "../shape.ts";

/** A key that the bundle's maker names. It proves nothing: trust comes from a trust file only. */
export interface KeyHint {
  readonly kid: string;
  /** base64url of 32 bytes. */
  readonly publicKey: string;
}

/** One leaf with its proof, and its record unless that was erased or left out. */
export interface BundleEntry {
  readonly index: number;
  readonly ch: string;
  readonly rh: string;
  /** RFC 6962 audit path, each hash in padded base64. */
  readonly proof: readonly string[];
  readonly record?: SignedRecord;
}

/** Everything that a stranger with a trust file needs to check some records offline. */
export interface ProofBundle {
  readonly v: 1;
  readonly type: "sigil-proof-bundle";
  readonly origin: string;
  /** C2SP signed note. */
  readonly checkpoint: string;
  /** C2SP signature lines by cosigners over the checkpoint's text. */
  readonly cosignatures: readonly string[];
  readonly entries: readonly BundleEntry[];
  readonly keys: {
    readonly log: readonly KeyHint[];
    readonly record: readonly KeyHint[];
    readonly sigilderg: readonly KeyHint[];
    readonly mmf: readonly KeyHint[];
  };
}

/** The roles whose keys a bundle may hint at. */
export const HINTED_ROLES = ["log", "record", "sigilderg", "mmf"] as const;
/** A role whose signatures a bundle carries. */
export type HintedRole = (typeof HINTED_ROLES)[number];

/** Largest bundle that is read, in bytes of its JSON. */
export const BUNDLE_MAX = 64 * 1024 * 1024;
const LIMITS: Limits = { maxBytes: BUNDLE_MAX, maxDepth: 40 };
const hints = list(object({ kid: base64urlOf(32), publicKey: base64urlOf(32) }), 64);
// The last character carries four bits and two zeros (RFC 4648 section 3.5).
const hash32 = text(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "base64 of a SHA-256 hash");
const shape = object({
  v: oneOf(1),
  type: oneOf("sigil-proof-bundle"),
  origin: parsed(requireOrigin, "a log origin"),
  checkpoint: parsed(splitNote, "a signed note"),
  cosignatures: list(parsed(parseSignatureLine, "a signature line"), 64),
  entries: list(
    object({ index: count, ch: digest, rh: digest, proof: list(hash32, 53) }, { record: requireSignedFrame }),
    4096,
  ),
  keys: object(Object.fromEntries(HINTED_ROLES.map((role) => [role, hints]))),
});

/** The bundle, if every field is known and right and no leaf appears twice; a {@link CanonError} with a path otherwise. */
export function checkBundle(value: unknown): ProofBundle {
  shape(value, [], 0);
  const bundle = value as ProofBundle;
  const seen = new Set<number>();
  bundle.entries.forEach(({ index }, n) => {
    if (seen.has(index))
      throw new CanonError("field-invalid", `leaf ${index} is there twice`, `$.entries[${n}].index`);
    seen.add(index);
  });
  if (bundle.entries.length === 0) throw new CanonError("field-invalid", "must have an entry", "$.entries");
  return bundle;
}

/** Reads a proof bundle: strict JSON of at most 64 MiB, every field known. Nothing is verified yet. */
export function parseBundle(input: string | Uint8Array): ProofBundle {
  return checkBundle(parseJson(input, LIMITS));
}
