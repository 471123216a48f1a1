import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { issueRecordedLicence } from "../domain/licence-issue.ts";
import { licenceView } from "../domain/views.ts";

export function licenceRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/licence", ({ admitted: { caller, claims, made } }) => ({
    json: {
      claims: licenceView(claims),
      effective: { principal: caller.principal, loa: made.body.loa, scope: [...claims.scope] },
    },
  }));

  service.route("sigilderg POST /v1/licences", async ({ admitted, body }) => ({
    status: 201,
    json: await issueRecordedLicence(plane, admitted.made, body.licence),
  }));
}
