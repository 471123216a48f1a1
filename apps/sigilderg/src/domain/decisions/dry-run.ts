import { type Caller, decide, type Facts } from "@sigil/policy";
import { type DryRun, type ExplanationRequest, explained } from "@sigil/wire";
import type { Admitted } from "../admitted.ts";

/** What would be decided about a question that supposes things. Nothing is recorded of it but that it was asked. */
export function dryRun({ caller, made }: Admitted, asked: ExplanationRequest, now: string): DryRun {
  const facts: Facts = { ...made.facts, ...asked.facts };
  const decision = decide(asked.action, supposed(caller, asked), facts, now, made.policy);
  return { decision, ...explained(decision, made.policy.rows) };
}

/** The caller, or who it would be under another licence of its own. */
function supposed(caller: Caller, { level, scope }: ExplanationRequest): Caller | null {
  if (level === "nobody") return null;
  const licence = caller.licence ?? { jti: "supposed", serial: 0, scope: [] };
  return {
    principal: caller.principal,
    loa: level ?? caller.loa,
    licence: { ...licence, scope: scope ?? (level === undefined ? licence.scope : ["*"]) },
  };
}
