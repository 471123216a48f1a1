import type { Service } from "@sigil/service";
import type { z } from "zod";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { clientKeyChange } from "../domain/governed/client-keys.ts";

/** `GET` and `POST /v1/client-keys`, `…/:kid/rotation`, `…/:kid/revocation`. */
export function clientKeyRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/client-keys", () => ({
    json: { keys: plane.projection.clients.list(Date.parse(plane.now())) },
  }));

  type Change = z.output<(typeof clientKeyChange)["request"]>;
  const change = async (admitted: Admitted, request: Change) => {
    const { placed, write, decision } = await changeAlone(plane, admitted, clientKeyChange, request);
    return { status: 201, json: { kid: String(write.content.kid), record: placed.id, decision } };
  };

  service.route("sigilderg POST /v1/client-keys", ({ admitted, body }) =>
    change(admitted, { change: "add", ...body }),
  );

  service.route("sigilderg POST /v1/client-keys/:kid/rotation", ({ admitted, params, body }) =>
    change(admitted, { change: "rotate", ...params, ...body }),
  );

  service.route("sigilderg POST /v1/client-keys/:kid/revocation", ({ admitted, params, body }) =>
    change(admitted, { change: "revoke", ...params, ...body }),
  );
}
