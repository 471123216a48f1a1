import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { rotateKey } from "../domain/key-rotation.ts";

/** `GET /v1/keys` and `POST /v1/keys/rotations`. */
export function keyRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/keys", async ({ admitted }) => ({
    json: await plane.store.keyStatus(authorityOf(admitted.made)),
  }));

  service.route("sigilderg POST /v1/keys/rotations", async ({ admitted, body }) => ({
    status: 202,
    json: await rotateKey(plane, admitted.made, body.key),
  }));
}
