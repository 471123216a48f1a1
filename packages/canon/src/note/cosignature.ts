import { concatBytes, type SigningKey, utf8 } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import { requireKeyName } from "./key-name.ts";
import { formatSignatureLine, type NoteSignature, parseSignatureLine } from "./text.ts";
import { ALGORITHM, type KeyNaming, type Verifier } from "./verifier-key.ts";

/** A cosignature that verified: who saw the checkpoint as the largest of its log, and when. */
export interface Cosigned {
  readonly name: string;
  readonly keyHash: string;
  /** Seconds since the Unix epoch, by the cosigner's clock. */
  readonly time: number;
}

/** C2SP tlog-cosignature with Ed25519, type 0x04. */
export interface Cosignatures {
  /**
   * A signature line over a checkpoint's text (its line feed included) at `time`, whole seconds since the Unix epoch;
   * `cosignature-time` otherwise.
   */
  cosign(text: string, name: string, time: number, key: SigningKey): string;
  /**
   * The trusted cosigners among `lines`, each once, in the order of the lines. Lines by others are ignored, as the
   * specification says; a wrong one by a trusted cosigner is `cosignature-invalid`.
   */
  openCosignatures(
    text: string,
    lines: readonly (string | NoteSignature)[],
    cosigners: readonly (string | Verifier)[],
  ): Cosigned[];
}

const TIME_BYTES = 8;

/** What a cosigner signs: a header line, the time, and the whole text of the checkpoint. */
function message(text: string, time: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

function requireTime(time: number): void {
  if (!Number.isSafeInteger(time) || time < 0) {
    throw new CanonError(
      "cosignature-time",
      `time is ${time}; give whole seconds since 1970, up to 2^53 − 1`,
    );
  }
}

function verify({ key, keyHash, name }: Verifier, text: string, signature: Uint8Array): Cosigned {
  const invalid = (why: string, cause?: unknown) =>
    new CanonError("cosignature-invalid", `the cosignature of ${name} (${keyHash}) ${why}`, undefined, {
      cause,
    });
  if (signature.length !== TIME_BYTES + 64)
    throw invalid(`has ${signature.length} bytes; a time and a signature have 72`);
  const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  // The specification allows 2^63 − 1 seconds; beyond 2^53 − 1 is no time that a clock shows.
  if (!Number.isSafeInteger(time)) throw invalid("has a time beyond 2^53 − 1 seconds");
  translated(
    () => key.verify(message(text, time), signature.subarray(TIME_BYTES)),
    (cause) => invalid("does not verify", cause),
  );
  return { name, keyHash, time };
}

/** As {@link Cosignatures.openCosignatures}, with verifiers that are ready. */
export function openCosignaturesWith(
  text: string,
  lines: readonly (string | NoteSignature)[],
  cosigners: readonly Verifier[],
): Cosigned[] {
  const found = new Map<Verifier, Cosigned>();
  for (const line of lines) {
    const { keyHash, name, signature } = typeof line === "string" ? parseSignatureLine(line) : line;
    const cosigner = cosigners.find((each) => each.name === name && each.keyHash === keyHash);
    if (cosigner !== undefined && !found.has(cosigner))
      found.set(cosigner, verify(cosigner, text, signature));
  }
  return [...found.values()];
}

export function bindCosignatures({ keyHash, parseCosignerKey }: KeyNaming): Cosignatures {
  return {
    cosign(text, name, time, key) {
      requireKeyName(name);
      requireTime(time);
      const stamp = new Uint8Array(TIME_BYTES);
      new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
      const hash = keyHash(ALGORITHM.cosignature, name, key.publicKey.raw);
      return formatSignatureLine(name, concatBytes(hash, stamp, key.sign(message(text, time))));
    },
    openCosignatures: (text, lines, cosigners) =>
      openCosignaturesWith(
        text,
        lines,
        cosigners.map((each) => (typeof each === "string" ? parseCosignerKey(each) : each)),
      ),
  };
}
