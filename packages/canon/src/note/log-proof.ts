import { fromBase64, toBase64 } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import { requireHash } from "../merkle/range.ts";
import { splitNote } from "./text.ts";

/** A C2SP tlog-proof: that an entry is in a log, in a file of its own. Nothing in it is verified. */
export interface LogProof {
  readonly index: number;
  /** RFC 6962 audit path, leaf upwards. */
  readonly proof: readonly Uint8Array[];
  /** The signed note of the checkpoint, cosignatures included, verbatim. */
  readonly checkpoint: string;
  /** Bytes that mean something to the application only. Nobody signed them. */
  readonly extra?: Uint8Array;
}

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_CHARS = 1_200_000;
const MAX_HASHES = 63;

function malformed(why: string, cause?: unknown): CanonError {
  return new CanonError("proof-malformed", `tlog-proof ${why}`, undefined, { cause });
}

function decode(text: string, what: string): Uint8Array {
  return translated(
    () => fromBase64(text),
    (cause) => malformed(`has ${what} that is not base64`, cause),
  );
}

/** The text of a proof, to be kept as `*.tlog-proof`; `proof-malformed` when it could not be read back. */
export function formatLogProof({ checkpoint, extra, index, proof }: LogProof): string {
  const lines = [HEADER];
  if (extra !== undefined) lines.push(`extra ${toBase64(extra)}`);
  lines.push(`index ${index}`, ...proof.map(toBase64));
  const text = `${lines.join("\n")}\n\n${checkpoint}`;
  parseLogProof(text);
  return text;
}

/** Reads exactly what {@link formatLogProof} writes; `proof-malformed`, `hash-length` or `note-malformed` otherwise. */
export function parseLogProof(text: string): LogProof {
  if (text.length > MAX_CHARS) throw malformed(`has ${text.length} characters; the limit is ${MAX_CHARS}`);
  const blank = text.indexOf("\n\n");
  if (blank < 0) throw malformed("has no blank line before its checkpoint");
  const [header, ...lines] = text.slice(0, blank).split("\n");
  if (header !== HEADER) throw malformed(`does not begin with ${HEADER}`);
  const extra = lines[0]?.startsWith("extra ")
    ? decode(lines.shift()?.slice(6) ?? "", "extra data")
    : undefined;
  const [, decimal] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "") ?? [];
  if (decimal === undefined || !Number.isSafeInteger(Number(decimal)))
    throw malformed("has no line with an index, a plain decimal up to 2^53 − 1");
  if (lines.length > MAX_HASHES) throw malformed(`has ${lines.length} hashes; the limit is ${MAX_HASHES}`);
  const proof = lines.map((line) => decode(line, "a hash"));
  for (const hash of proof) requireHash(hash, "proof hash");
  const checkpoint = text.slice(blank + 2);
  splitNote(checkpoint);
  return { index: Number(decimal), proof, checkpoint, ...(extra === undefined ? {} : { extra }) };
}
