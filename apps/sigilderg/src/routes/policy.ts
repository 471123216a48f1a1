import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { dryRun } from "../domain/dry-run.ts";
import { checkTrust, trustStanding } from "../domain/trust.ts";

/** What decides here, what it would decide, and what trust says of the caller. */
export function policyRoutes(service: Service<Admitted>, plane: Pick<ControlPlane, "now">): void {
  service.route("sigilderg GET /v1/policy", ({ admitted }) => {
    const { digest, model, actions } = admitted.made.policy;
    return { json: { digest, model, actions: [...actions] } };
  });

  service.route("sigilderg POST /v1/policy/explanations", ({ admitted, body }) => ({
    json: dryRun(admitted, body, plane.now()),
  }));

  service.route("sigilderg GET /v1/trust", ({ admitted }) => ({ json: trustStanding(admitted) }));

  service.route("sigilderg GET /v1/trust/:action", ({ admitted, params, query }) => ({
    json: checkTrust(admitted, params.action, query.explain === "true"),
  }));
}
