import type { Caller, LicenceClaims } from "@sigil/policy";
import type { Authority } from "./authority.ts";
import type { MadeDecision } from "./decisions/decisions.ts";

/** A request whose caller is known and whose action is allowed. */
export interface Admitted {
  readonly caller: Caller;
  readonly claims: LicenceClaims;
  readonly made: MadeDecision;
  /** The licence itself, and the key of the session that it came through. Never logged. */
  readonly credential: { readonly token: string; readonly session?: string };
  /**
   * Asks again, for what goes on after it was admitted, whether it may: the licence, the session that it came through, and
   * lockdown. Throws ProblemError `licence-refused`, `locked-down`.
   */
  readonly stillGood: () => void;
  /** Gives back the CSRF token of a mutation that did not happen. */
  readonly undone: () => void;
}

/** The authority that an allowed decision gives to the calls made for it. */
export function authorityOf(made: MadeDecision): Authority {
  const { principal, loa, run } = made.body;
  return { principal, loa, decision: made.id, ...(run === undefined ? {} : { run }) };
}
