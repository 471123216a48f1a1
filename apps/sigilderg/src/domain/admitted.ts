import type { Caller, LicenceClaims } from "@sigil/policy";
import type { Authority } from "./authority.ts";
import type { MadeDecision } from "./decisions.ts";

/** A request whose caller is known and whose action is allowed. */
export interface Admitted {
  readonly caller: Caller;
  readonly claims: LicenceClaims;
  readonly made: MadeDecision;
}

/** The authority that an allowed decision gives to the calls made for it. */
export function authorityOf(made: MadeDecision): Authority {
  const { principal, loa, run } = made.body;
  return { principal, loa, decision: made.id, ...(run === undefined ? {} : { run }) };
}
