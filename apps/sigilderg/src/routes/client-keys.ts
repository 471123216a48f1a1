import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { addClientKey, revokeClientKey, rotateClientKey } from "../domain/client-keys.ts";

/** `GET` and `POST /v1/client-keys`, `…/:kid/rotation`, `…/:kid/revocation`. */
export function clientKeyRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/client-keys", () => ({
    json: { keys: plane.projection.clients.list(Date.parse(plane.now())) },
  }));

  service.route("sigilderg POST /v1/client-keys", async ({ admitted, body }) => ({
    status: 201,
    json: await addClientKey(plane, admitted.made, body),
  }));

  service.route("sigilderg POST /v1/client-keys/:kid/rotation", async ({ admitted, params, body }) => ({
    status: 201,
    json: await rotateClientKey(plane, admitted.made, params.kid, body),
  }));

  service.route("sigilderg POST /v1/client-keys/:kid/revocation", async ({ admitted, params, body }) => ({
    status: 201,
    json: await revokeClientKey(plane, admitted.made, params.kid, body),
  }));
}
