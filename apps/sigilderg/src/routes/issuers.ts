import type { Service } from "@sigil/service";
import type { z } from "zod";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { issuerChange } from "../domain/governed/issuers.ts";

/** `GET` and `POST /v1/issuers`, `POST /v1/issuers/:kid/retirement`. */
export function issuerRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/issuers", () => ({ json: { issuers: plane.projection.issuers.list } }));

  type Change = z.output<(typeof issuerChange)["request"]>;
  const change = async (admitted: Admitted, kid: string, request: Change) => {
    const { placed, decision } = await changeAlone(plane, admitted, issuerChange, request);
    return { status: 201, json: { kid, record: placed.id, index: placed.index, decision } };
  };

  service.route("sigilderg POST /v1/issuers", ({ admitted, body }) =>
    change(admitted, body.statement.kid, { change: "rotate", ...body }),
  );

  service.route("sigilderg POST /v1/issuers/:kid/retirement", ({ admitted, params, body }) =>
    change(admitted, params.kid, { change: "retire", ...params, ...body }),
  );
}
