import { ACTIONS, type Caller, type Facts, isLoa, LOA } from "@sigil/policy";

export interface Question {
  readonly action: string;
  readonly caller: Caller;
  readonly facts: Facts;
}

const SCOPES = [["*"], ["memory.*", "canon.*", "module.run"], ["memory.read", "canon.read", "trust.*"]];
const FACTS: readonly Facts[] = [
  { mode: "solo", requestRate: 0.05 },
  { mode: "solo", requestRate: 0.4, anomaly: 0.25, history: { good: 40, bad: 3, incident: false } },
  { mode: "quorum", requestRate: 0.1, history: { good: 10, bad: 20, incident: false } },
];

/** Every level × every licensed action, scopes and facts taking turns: allows and denials as a busy door sees them. */
export function questions(): Question[] {
  const licensed = ACTIONS.filter(({ least }) => isLoa(least));
  const all = licensed.flatMap(({ action }) => LOA.map((loa) => ({ action, loa })));
  return all.map(({ action, loa }, i) => ({
    action,
    caller: {
      principal: "alice",
      loa,
      licence: { jti: "l-1", serial: 1, scope: SCOPES[i % SCOPES.length] ?? [] },
    },
    facts: FACTS[i % FACTS.length] ?? { mode: "solo" },
  }));
}
