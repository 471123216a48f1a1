import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { listLicences } from "../domain/credentials/licence-list.ts";
import { revokeLicence } from "../domain/credentials/licence-revoke.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { licenceIssuing } from "../domain/governed/licences.ts";
import { licenceView } from "../domain/records/views.ts";

export function licenceRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/licence", ({ admitted: { caller, claims, made } }) => ({
    json: {
      claims: licenceView(claims),
      effective: { principal: caller.principal, loa: made.body.loa, scope: [...claims.scope] },
    },
  }));

  service.route("sigilderg POST /v1/licences", async ({ admitted, body }) => {
    const { placed, write, decision } = await changeAlone(plane, admitted, licenceIssuing, body);
    const { jti, serial } = write.content as { jti: string; serial: number };
    return { status: 201, json: { id: placed.id, jti, serial, decision } };
  });

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
