import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { erasePrincipal, forgetMemory } from "../domain/records/erasure.ts";

/** `POST /v1/memory/:id/forget` and `POST /v1/erasures`. */
export function erasureRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg POST /v1/memory/:id/forget", async ({ admitted, params, body }) => ({
    json: await forgetMemory(plane, admitted.made, params.id, body.preview),
  }));

  service.route("sigilderg POST /v1/erasures", async ({ admitted, body }) => ({
    json: await erasePrincipal(plane, admitted.made, body),
  }));
}
