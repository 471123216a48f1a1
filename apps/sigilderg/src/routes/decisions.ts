import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { findDecision } from "../domain/decisions/decision-lookup.ts";
import { explainDecision } from "../domain/decisions/explanation.ts";
import { jsonOf } from "../domain/records/json.ts";

export function decisionRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/decisions/:id", async ({ admitted, params }) => {
    const { body, outcome, record } = await findDecision(
      plane.store,
      params.id,
      plane.recent,
      authorityOf(admitted.made),
    );
    return { json: { id: params.id, body: jsonOf(body), outcome, record } };
  });

  service.route("sigilderg GET /v1/decisions/:id/explanation", async ({ admitted, params }) => {
    const { body } = await findDecision(plane.store, params.id, plane.recent, authorityOf(admitted.made));
    const { rows } = plane.projection.policies.byDigest(body.policy) ?? {};
    return { json: explainDecision(body, rows) };
  });
}
