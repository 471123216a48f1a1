import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { retireIssuer, rotateIssuer } from "../domain/issuers.ts";

/** `GET` and `POST /v1/issuers`, `POST /v1/issuers/:kid/retirement`. */
export function issuerRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/issuers", () => ({ json: { issuers: plane.projection.issuers.list } }));

  service.route("sigilderg POST /v1/issuers", async ({ admitted, body }) => ({
    status: 201,
    json: await rotateIssuer(plane, admitted.made, body),
  }));

  service.route("sigilderg POST /v1/issuers/:kid/retirement", async ({ admitted, params, body }) => ({
    status: 201,
    json: await retireIssuer(plane, admitted.made, params.kid, body.reason, admitted.claims.iss),
  }));
}
