import type { Facts, Policy } from "@sigil/policy";
import type { Admission } from "@sigil/service";
import type { CallerLimits } from "./caller-limits.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { DevelopmentBypass } from "./development-bypass.ts";
import type { Admitted } from "./domain/admitted.ts";
import { recording } from "./domain/decisions/decisions.ts";
import { checkCrossSite, presented } from "./presented.ts";

/**
 * Credential → licence → caller → decision, for every licensed route and every door, before its body is read. A denial
 * and every bad credential leave from here.
 */
export async function admitCaller(
  plane: Pick<ControlPlane, "gate" | "sessions" | "now"> & {
    readonly limits: CallerLimits;
    readonly bypass: DevelopmentBypass | undefined;
  },
  request: Admission,
): Promise<Admitted> {
  const { method, path, action } = request.row;
  const route = `${method} ${path}`;
  const { gate, sessions } = plane;
  const now = Date.parse(plane.now());
  const bypassed = globalThis.SIGIL_DEVELOPMENT_BUILD === true ? plane.bypass?.admit(request) : undefined;
  const found =
    bypassed ?? (await gate.authenticate(() => presented(request, sessions, now), route, request.sealedBy));
  const { caller, claims, presented: credential } = found;
  const { session } = credential;
  const { policy } = gate;
  const question = () => ({
    action,
    caller,
    facts: gate.facts(caller, supposed(policy, action)),
    policy,
    route,
  });
  let undone = () => {};
  try {
    request.charged(plane.limits.take(policy.rows.get(action), caller.principal, now));
    if (session !== undefined) undone = checkCrossSite(request, sessions, session, now);
  } catch (error) {
    throw await gate.turnedAway(question(), error);
  }
  try {
    const made = await gate.admit(question());
    // A durable decision is named when the store has it, see `told`; what is only counted has no id to look up.
    if (recording(made) === "batched") request.decided(made.id);
    const stillGood = () => {
      if (bypassed === undefined) gate.recheck(claims);
      if (session !== undefined) sessions.requireOpen(session, Date.parse(plane.now()));
      gate.requireUnlocked(made);
    };
    return { caller, claims, made, credential, undone, stillGood };
  } catch (error) {
    undone();
    throw error;
  }
}

/**
 * What a proposal is for is not known before its body is: until then it is taken to lead out of lockdown, and its handler
 * asks again.
 */
function supposed({ rows }: Policy, action: string): Pick<Facts, "proposed"> {
  return rows.get(action)?.lockdown === "proposal" ? { proposed: "lockdown.leave" } : {};
}
