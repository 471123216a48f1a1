import {
  ACTIONS,
  type ActionRow,
  type Caller,
  type Decision,
  decide,
  type Facts,
  type Loa,
  makePolicy,
  type Policy,
  policyDigest,
  TRUST_MODEL,
} from "@sigil/policy";
import { type DryRun, explained, type PolicyView, WireError } from "@sigil/wire";
import type { Settings } from "./command.ts";
import type { Door, WithDoor } from "./door.ts";
import { CliError } from "./error.ts";
import type { Licence } from "./licence-choice.ts";

/** An answer, and whether the running Sigil gave it or this command by its own table, and then why. */
export interface Sourced<T> {
  readonly from: "runtime" | "command";
  readonly note?: string;
  readonly answer: T;
}

/** What may stand in the way of asking the runtime; anything else is an error. */
const APART: Partial<Record<string, string>> = {
  "door-unreachable": "Sigil is not running",
  "home-missing": "there is no runtime here",
  "licence-none-fits": "no licence here may ask the runtime",
};

/** The runtime's answer where one runs and may be asked, this command's own otherwise. */
export async function fromRuntime<T>(
  withDoor: WithDoor,
  settings: Settings,
  action: string,
  ask: (door: Door) => Promise<T>,
  own: () => T,
): Promise<Sourced<T>> {
  try {
    return { from: "runtime", answer: await withDoor(settings, action, ask) };
  } catch (error) {
    const code = error instanceof CliError || error instanceof WireError ? error.code : "";
    const note = refusesToSay(error) ? "this licence may not ask the runtime" : APART[code];
    if (note === undefined) throw error;
    return { from: "command", note, answer: own() };
  }
}

/** The door knows the licence and its level or scope is too low for the question; an unknown licence is an error. */
function refusesToSay(error: unknown): boolean {
  return error instanceof WireError && error.problem?.status === 403;
}

/** What decides at the runtime now, its digest computed here. @throws CliError `door-answer-unexpected` */
export async function policyInForce(door: Door): Promise<Policy> {
  const { body } = await door.call("sigilderg GET /v1/policy");
  const policy = makePolicy(body.actions as ActionRow[], body.model);
  if (policy.digest === body.digest) return policy;
  throw new CliError(
    "door-answer-unexpected",
    `the runtime shows the table ${policy.digest} and calls it ${body.digest}`,
    "Stop what answers there: `sigil status` says where.",
  );
}

/** The table of this very command. */
export function ownPolicy(): PolicyView {
  const builtIn = { version: 0, made: null, modelVersion: 0 };
  return { ...builtIn, digest: policyDigest(), model: TRUST_MODEL, actions: ACTIONS as ActionRow[] };
}

/** What this command's own table says to a question. */
export function ownAnswer(action: string, caller: Caller | null, facts: Facts, now: Date): DryRun {
  const decision: Decision = decide(action, caller, facts, now.toISOString());
  return { decision, ...explained(decision) };
}

/** Who a question is about. */
export type Asker = { readonly licence: Licence } | { readonly level: Loa } | { readonly level: "nobody" };

export function callerOf(asker: Asker): Caller | null {
  if ("licence" in asker) {
    const { sub, loa, jti, serial, scope } = asker.licence.claims;
    return { principal: sub, loa, licence: { jti, serial, scope } };
  }
  if (asker.level === "nobody") return null;
  return { principal: "supposed", loa: asker.level, licence: { jti: "supposed", serial: 0, scope: ["*"] } };
}
