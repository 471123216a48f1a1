import { type CanonRecord, type RecordDraft, recordHash } from "@sigil/canon";
import type { PayloadOf } from "@sigil/wire";
import type { MadeDecision } from "../decisions/decisions.ts";
import { draft, type OutcomeStatus } from "../records/drafts.ts";
import { authorOf } from "../records/transaction.ts";
import type { CheckedAnswer } from "./chain-check.ts";
import { reviewStream } from "./held-runs.ts";
import type { OpenRun } from "./open-runs.ts";

/**
 * The record by which a held run waits for a reviewer; none of a run that is not held, and of one whose verdict is Deny: that is
 * the last word. It names what the run asked to have written, as far as the module saw the answer.
 */
export function heldDrafts(
  made: MadeDecision,
  run: OpenRun,
  { records, chain, reasons, confirmed }: CheckedAnswer,
  end: { readonly status: OutcomeStatus; readonly code?: string },
): RecordDraft[] {
  const { verdict, moduleVerdict } = chain as Pick<PayloadOf<"run.held">, "verdict" | "moduleVerdict">;
  if (end.status !== "held" || verdict === "Deny") return [];
  const [, , frozen]: readonly CanonRecord[] = records;
  const target = recordHash(frozen as CanonRecord);
  const { principal, loa } = made.body;
  const payload: PayloadOf<"run.held"> = {
    ...{ run: run.run, module: run.module.id, digest: run.module.digest, principal },
    licence: run.caller.licence?.jti ?? null,
    ...{ verdict, moduleVerdict, reasons: [...reasons], chain: target },
    ...(end.code === undefined ? {} : { code: end.code }),
    writes: run.writes
      .filter(({ seq }) => confirmed.has(seq))
      .map(({ seq, effect }) => ({ seq, id: effect.id, loa: effect.loa })),
  };
  return [
    draft({
      kind: "run.held",
      space: "system",
      stream: reviewStream(run.run),
      loa,
      author: { ...authorOf(made), run: run.run, module: run.module.id, decision: made.id },
      links: [{ label: "chain", target }],
      payload: payload as unknown as RecordDraft["payload"],
    }),
  ];
}
