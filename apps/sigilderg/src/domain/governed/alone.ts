import type { RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import type { z } from "zod";
import { type Admitted, authorityOf } from "../admitted.ts";
import type { MadeDecision } from "../decisions.ts";
import { draft } from "../drafts.ts";
import type { PlacedRecord } from "../store.ts";
import { authorOf, decidedWrite, orFailed } from "../transaction.ts";
import type { Turns } from "../turns.ts";
import type { GovernedAction, Ground, Write } from "./row.ts";

/** The draft of a governed write, by the caller of a decision. */
function writeDraft({ kind, stream, loa, content }: Write, made: MadeDecision): RecordDraft {
  const author = { ...authorOf(made), decision: made.id };
  return draft({ kind, space: "system", stream, loa, author, payload: { ...content } });
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
  const { store, projection, key, now, turns } = parts;
  const land = async (): Promise<Alone> => {
    const circumstances = { mode: made.facts.mode, ts: now(), reason: "", actingUnder: claims.iss };
    const write = await row.prepare(request, parts, circumstances);
    const record = writeDraft(write, made);
    const records = decidedWrite(made, [record], key, now);
    const landed = await store.append({ records }, authorityOf(made));
    const placed = landed.records.find(({ id }) => id === record.id) as PlacedRecord;
    const { seq, ts, index } = placed;
    projection.absorb({ ...record, v: 1, seq, prev: null, ts }, index);
    return { write, placed, decision: made.id };
  };
  // What is checked against the records and then written must not overtake another such check.
  return turns.take(() => orFailed(parts, made, land));
}
