import type { RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { PROBLEMS, ProblemError } from "@sigil/wire";
import type { z } from "zod";
import { type Admitted, authorityOf } from "../admitted.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { draft } from "../records/drafts.ts";
import type { AppendBatch, PlacedRecord } from "../records/store.ts";
import { authorOf, decidedWrite, orFailed } from "../records/transaction.ts";
import type { Turns } from "../turns.ts";
import type { GovernedAction, Ground, Write } from "./row.ts";

/** The draft of a governed write, by the caller of a decision. */
export function writeDraft({ kind, stream, loa, content }: Write, made: MadeDecision): RecordDraft {
  const author = { ...authorOf(made), decision: made.id };
  return draft({ kind, space: "system", stream, loa, author, payload: { ...content } });
}

/**
 * Appends what governs and follows it. Where nobody answers whether it landed, the records are read again before the next
 * turn.
 */
export async function landFollowed(
  { store, projection }: Pick<Ground, "store" | "projection">,
  batch: AppendBatch,
  made: MadeDecision,
): Promise<readonly PlacedRecord[]> {
  try {
    const { records } = await store.append(batch, authorityOf(made));
    projection.follow(batch.records, records);
    return records;
  } catch (error) {
    if (!(error instanceof ProblemError) || PROBLEMS[error.code].status >= 500) projection.doubt();
    throw error;
  }
}

/** What a governed action that one person did has come to. */
export interface Alone {
  readonly write: Write;
  readonly placed: PlacedRecord;
  readonly decision: string;
}

/**
 * Does a governed action by one person, as solo mode allows: decision, record and outcome in one transaction, in force with
 * the answer. What the records do not allow leaves the decision with a failed outcome.
 */
export function changeAlone<S extends z.ZodType>(
  parts: Ground & { readonly key: SigningKey; readonly turns: Turns },
  { made, claims }: Pick<Admitted, "made" | "claims">,
  row: GovernedAction<S>,
  request: z.output<S>,
): Promise<Alone> {
  const { projection, store, key, now, turns } = parts;
  const land = async (): Promise<Alone> => {
    await projection.settled(store);
    const circumstances = { mode: made.facts.mode, ts: now(), reason: "", actingUnder: claims.iss };
    const write = await row.prepare(request, parts, circumstances);
    const record = writeDraft(write, made);
    const records = decidedWrite(made, [record], key, now);
    const landed = await landFollowed(parts, { records }, made);
    return { write, placed: landed.find(({ id }) => id === record.id) as PlacedRecord, decision: made.id };
  };
  // What is checked against the records and then written must not overtake another such check.
  return turns.take(() => orFailed(parts, made, land));
}
