import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";

/** `GET /v1/lockdown`, `POST /v1/lockdown` and `POST /v1/lockdown/end`. */
export function lockdownRoutes(
  service: Service<Admitted>,
  { projection, lockdowns }: Pick<ControlPlane, "projection" | "lockdowns">,
): void {
  service.route("sigilderg GET /v1/lockdown", () => ({
    json: { lockdown: projection.lockdown.inForce ?? null },
  }));

  service.route("sigilderg POST /v1/lockdown", async ({ admitted, body }) => ({
    status: 201,
    json: await lockdowns.enter(admitted.made, body.reason),
  }));

  service.route("sigilderg POST /v1/lockdown/end", async ({ admitted, body }) => ({
    status: 201,
    json: await lockdowns.leave(admitted.made, body.reason),
  }));
}
