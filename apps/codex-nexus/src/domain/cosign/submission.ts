import { openCosignatures, splitNote } from "@sigil/canon";
import { toBase64 } from "@sigil/crypto";
import type { StoredCheckpoint } from "../storage.ts";
import { type Cosigner, cosignerId } from "./policy.ts";

/** What a witness answered: status, type and text, the text bounded by whoever fetched it. */
export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** How a checkpoint reaches a witness: `POST <submission prefix>/add-checkpoint`. Throws when it does not answer. */
export type Submit = (url: string, body: string, signal: AbortSignal) => Promise<WitnessAnswer>;

/** What came of a submission. */
export type Outcome =
  | { readonly kind: "cosigned"; readonly lines: readonly string[]; readonly id: string }
  /** The witness knows another size: `size` is the one to prove from. */
  | { readonly kind: "conflict"; readonly size: number }
  | { readonly kind: "refused"; readonly detail: string; readonly untrusted?: boolean };

/** What each status of C2SP tlog-witness says about us. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "it calls the request malformed",
  403: "it does not trust the log's key",
  404: "it does not know the log's origin",
  422: "the consistency proof does not verify for it",
};

/** Statuses of a witness that has to be given this log's verifier key. */
const UNTRUSTED: ReadonlySet<number> = new Set([403, 404]);

/** The body of add-checkpoint: old size, proof, empty line, checkpoint. */
export function submissionOf(old: number, proof: readonly Uint8Array[], note: string): string {
  return [`old ${old}`, ...proof.map((hash) => toBase64(hash)), "", note].join("\n");
}

/** The answer of `cosigner` to a submission of `checkpoint`. Only a cosignature by its own key counts. */
export function readAnswer(
  { key }: Cosigner,
  checkpoint: StoredCheckpoint,
  { status, contentType, text }: WitnessAnswer,
): Outcome {
  if (status === 200) return cosignatures(key, checkpoint, text);
  if (status === 409) {
    const size = /^(0|[1-9]\d{0,15})\n$/.exec(text)?.[1];
    if (contentType.split(";")[0]?.trim() === "text/x.tlog.size" && size !== undefined)
      return { kind: "conflict", size: Number(size) };
    return { kind: "refused", detail: "it knows another tree of this size" };
  }
  return {
    kind: "refused",
    detail: REFUSALS[status] ?? `it answered status ${status}`,
    untrusted: UNTRUSTED.has(status),
  };
}

function cosignatures(key: Cosigner["key"], checkpoint: StoredCheckpoint, text: string): Outcome {
  try {
    if (!text.endsWith("\n")) return { kind: "refused", detail: "its answer is no signature line" };
    const lines = text.slice(0, -1).split("\n");
    const own = lines.filter((line) => {
      const [cosigned] = openCosignatures(splitNote(checkpoint.note).text, [line], [key]);
      return cosigned !== undefined;
    });
    if (own.length === 0) return { kind: "refused", detail: "its answer has no cosignature by its key" };
    return { kind: "cosigned", lines: own.slice(0, 1), id: cosignerId(key) };
  } catch (error) {
    return { kind: "refused", detail: error instanceof Error ? error.message : "its answer is malformed" };
  }
}
