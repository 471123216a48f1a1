import {
  DOMAINS,
  draftDigest,
  type Json,
  type Loa,
  newSalt,
  type RecordDraft,
  signAuthored,
} from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { v7 as uuidv7 } from "uuid";
import { SERVICE_PRINCIPAL } from "../authority.ts";
import type { DecisionList } from "../decisions/decision-batch.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { jsonOf } from "./json.ts";

export type OutcomeStatus = "done" | "held" | "failed" | "unknown";

/** How an outcome binds a record that has no position yet: by the salted digest of its draft. */
export interface Effect {
  readonly id: string;
  readonly kind: string;
  readonly stream: string;
  readonly digest: string;
}

type Payload = Record<string, Json>;

/** A draft with a fresh id and salt. */
export function draft(
  fields: Omit<RecordDraft, "id" | "salt" | "links"> & { links?: RecordDraft["links"] },
): RecordDraft {
  return { id: uuidv7(), salt: newSalt(), links: [], ...fields };
}

export function effectOf(record: RecordDraft): Effect {
  return { id: record.id, kind: record.kind, stream: record.stream, digest: draftDigest(record) };
}

/** The stream that holds a decision at position 0 and its outcome at position 1. */
export function decisionStream(id: string): string {
  return `decision/${id}`;
}

/** The id of the decision that a decision stream belongs to. */
export function decidedBy(stream: string): string {
  return stream.slice("decision/".length);
}

/** The signed decision as record 0 of its stream. */
export function decisionDraft(made: MadeDecision, key: SigningKey): RecordDraft {
  const { body } = made;
  return draft({
    kind: "decision",
    space: "system",
    stream: decisionStream(made.id),
    loa: "Observer",
    author: {
      principal: body.principal,
      loa: body.loa,
      decision: made.id,
      ...(body.run === undefined ? {} : { run: body.run }),
      ...(body.module === undefined ? {} : { module: body.module }),
    },
    payload: signAuthored(DOMAINS.decision, jsonOf(body), key) as unknown as Payload,
  });
}

/** What became of a decision, as record 1 of its stream. `author` is the caller of the decision. */
export function outcomeDraft(
  outcome: {
    readonly decision: string;
    readonly status: OutcomeStatus;
    readonly code?: string;
    readonly effects: readonly Effect[];
    readonly ts: string;
  },
  author: { readonly principal: string; readonly loa: Loa; readonly run?: string; readonly module?: string },
  key: SigningKey,
): RecordDraft {
  const body = jsonOf(outcome) as Payload;
  return draft({
    kind: "decision.outcome",
    space: "system",
    stream: decisionStream(outcome.decision),
    loa: "Observer",
    author: { ...author, decision: outcome.decision },
    payload: signAuthored(DOMAINS.outcome, body, key) as unknown as Payload,
  });
}

/** Many decisions as one signed record; each stays addressable by its id. */
export function batchDraft({ grounds, decisions }: DecisionList, ts: string, key: SigningKey): RecordDraft {
  const body = { grounds, decisions, ts };
  return draft({
    kind: "decision.batch",
    space: "system",
    stream: batchStream(ts),
    loa: "Observer",
    author: { principal: SERVICE_PRINCIPAL, loa: "Root" },
    payload: signAuthored(DOMAINS.batch, body, key) as unknown as Payload,
  });
}

/** One stream of batches per UTC day. */
export function batchStream(ts: string): string {
  return `decisions/${ts.slice(0, 10)}`;
}
