import type { RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { type CanonWrite, ProblemError, type ResponseOf } from "@sigil/wire";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { draft } from "./drafts.ts";
import { landOwn, requireReadable } from "./own.ts";
import { requireFits } from "./record-size.ts";
import type { Store } from "./store.ts";
import { authorOf, orFailed } from "./transaction.ts";

/** An identifier has at most this many characters, and a stream is one. */
const MAX_STREAM = 128;

/**
 * A canon entry of the decision's caller in user space, in a stream of the caller's own: one stream per slug unless another
 * is named.
 * @throws ProblemError `stream-not-own` · `level-too-low` for an entry that its own writer could not read · `record-invalid`,
 * `record-too-large`
 */
export function canonEntry(made: MadeDecision, { stream, loa, ...entry }: CanonWrite): RecordDraft {
  const own = `canon/${made.body.principal}/`;
  const into = stream ?? own + entry.slug;
  if (!into.startsWith(own) || into === own) {
    throw new ProblemError("stream-not-own", `${into} is not a stream below ${own}`, { decisionId: made.id });
  }
  if (into.length > MAX_STREAM) {
    const detail = `the stream of this slug has ${into.length} characters; the limit is ${MAX_STREAM}`;
    throw new ProblemError("record-invalid", detail, { decisionId: made.id });
  }
  const least = loa ?? made.body.loa;
  requireReadable(made, least, "an entry");
  const { source, tags = [], ...rest } = entry;
  const payload = { ...rest, ...(source === undefined ? {} : { source }), tags };
  requireFits("canon.entry", payload);
  return draft({
    kind: "canon.entry",
    space: "user",
    stream: into,
    loa: least,
    author: { ...authorOf(made), decision: made.id },
    payload,
  });
}

/**
 * Writes entries for the caller of an allowed `canon.write`: decision, entries in their order and outcome in one transaction.
 * With an idempotency key that was used before, the answer is the first one's.
 */
export async function writeCanon(
  parts: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  entries: readonly CanonWrite[],
  idempotencyKey?: string,
): Promise<ResponseOf<"sigilderg POST /v1/canon">> {
  return await orFailed(parts, made, async () => {
    const drafts = entries.map((entry) => canonEntry(made, entry));
    const { placed, ...answer } = await landOwn(parts, made, drafts, idempotencyKey);
    return { records: placed.map(({ id, hash, index, stream }) => ({ id, hash, index, stream })), ...answer };
  });
}
