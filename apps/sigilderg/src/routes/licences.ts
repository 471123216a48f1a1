import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { issueRecordedLicence } from "../domain/licence-issue.ts";
import { listLicences } from "../domain/licence-list.ts";
import { revokeLicence } from "../domain/licence-revoke.ts";
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

  service.route("sigilderg GET /v1/licences", ({ query }) => ({
    json: listLicences(plane.projection.licences, query, Date.parse(plane.now())),
  }));

  service.route("sigilderg POST /v1/licences/validation", async ({ body }) => ({
    json: await plane.gate.examine(body.licence),
  }));

  service.route("sigilderg POST /v1/licences/:jti/revocation", async ({ admitted, params, body }) => ({
    status: 201,
    json: await revokeLicence(plane, admitted.made, params.jti, body.reason),
  }));
}
