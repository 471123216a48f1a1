import type { Admission } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import type { ControlPlane } from "./control-plane.ts";
import type { Admitted } from "./domain/admitted.ts";

/**
 * Licence → caller → decision, for every licensed route, before its body is read. A denial and every bad credential
 * leave from here.
 */
export async function admitCaller(plane: Pick<ControlPlane, "gate">, request: Admission): Promise<Admitted> {
  const { method, path, action } = request.row;
  const route = `${method} ${path}`;
  const { caller, claims } = await plane.gate.authenticate(
    authorizationLines(request),
    route,
    request.sealedBy,
  );
  const facts = plane.gate.facts(caller);
  const made = await plane.gate.admit({ action, caller, facts, route });
  request.decided(made.id);
  return { caller, claims, made };
}

/** Two Authorization lines are two licences, which the gate refuses like any other bad credential. */
function authorizationLines(request: Admission): readonly string[] {
  try {
    const value = request.header("authorization");
    return value === undefined ? [] : [value];
  } catch (error) {
    if (error instanceof ProblemError && error.code === "header-duplicate") return ["", ""];
    throw error;
  }
}
