import type { Loa } from "@sigil/canon";
import { randomBytes } from "@sigil/crypto";
import {
  type ActionRow,
  type Caller,
  type Decision,
  decide,
  type Facts,
  type Policy,
  REASONS,
  type Reason,
  type TrustResult,
} from "@sigil/policy";
import { v7 as uuidv7 } from "uuid";

/** What a decision record says; signed by the control plane under SIGIL-DECISION-V1. Never holds payload text. */
export interface DecisionBody {
  readonly id: string;
  readonly action: string;
  readonly principal: string;
  readonly licence: string | null;
  readonly loa: Loa;
  readonly verdict: "allow" | "deny";
  readonly reasons: readonly Reason[];
  readonly policy: string;
  readonly mode: "solo" | "quorum";
  readonly trust: TrustResult | null;
  readonly run?: string;
  readonly module?: string;
  readonly route: string;
  readonly ts: string;
}

/** A decision that has an id and a body to record, beside the value that policy returned. */
export interface MadeDecision {
  readonly id: string;
  readonly caller: Caller;
  readonly facts: Facts;
  /** What decided, and goes on to say what holds for this request: it sees one table from its beginning to its end. */
  readonly policy: Policy;
  readonly outcome: Decision;
  readonly body: DecisionBody;
}

export interface Question {
  readonly action: string;
  readonly caller: Caller;
  readonly facts: Facts;
  readonly policy: Policy;
  /** Method and path pattern of the route that asked, never the raw path. */
  readonly route: string;
  readonly run?: string;
  readonly module?: string;
}

/** Asks the policy and gives the answer an id. Pure but for the id; a throw inside the policy is its own deny. */
export function makeDecision(question: Question, now: string): MadeDecision {
  const { action, caller, facts, policy, route } = question;
  const outcome = decide(action, caller, facts, now, policy);
  const id = uuidv7({ random: randomBytes(16) });
  const body: DecisionBody = {
    id,
    action,
    principal: caller.principal,
    licence: caller.licence?.jti ?? null,
    loa: outcome.loa ?? caller.loa,
    verdict: outcome.verdict,
    reasons: outcome.reasons,
    policy: outcome.policy,
    mode: facts.mode,
    trust: outcome.trust,
    ...(question.run === undefined ? {} : { run: question.run }),
    ...(question.module === undefined ? {} : { module: question.module }),
    route,
    ts: now,
  };
  return { id, caller, facts, policy, outcome, body };
}

/** The denial of a caller whom the door turns away for `reason` before the policy is asked. */
export function makeRefusal(question: Question, reason: Reason, now: string): MadeDecision {
  const made = makeDecision(question, now);
  const denied = { verdict: "deny", reasons: [reason], trust: null } as const;
  return {
    ...made,
    outcome: { ...made.outcome, ...denied, status: REASONS[reason.code] },
    body: { ...made.body, ...denied },
  };
}

/** How the table that decided wants an allowed action recorded. */
export function recording({ policy, body }: MadeDecision): ActionRow["recorded"] {
  return policy.rows.get(body.action)?.recorded ?? "none";
}
