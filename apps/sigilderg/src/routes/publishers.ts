import type { Service } from "@sigil/service";
import type { z } from "zod";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { publisherChange } from "../domain/governed/publishers.ts";

/** `GET` and `POST /v1/publishers`, `…/:kid/revocation`. */
export function publisherRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/publishers", () => ({
    json: { publishers: plane.projection.publishers.list },
  }));

  type Change = z.output<(typeof publisherChange)["request"]>;
  const change = async (admitted: Admitted, request: Change) => {
    const { placed, write, decision } = await changeAlone(plane, admitted, publisherChange, request);
    const { id: record, index } = placed;
    return { status: 201, json: { kid: String(write.content.kid), record, index, decision } };
  };

  service.route("sigilderg POST /v1/publishers", ({ admitted, body }) =>
    change(admitted, { change: "add", ...body }),
  );

  service.route("sigilderg POST /v1/publishers/:kid/revocation", ({ admitted, params, body }) =>
    change(admitted, { change: "revoke", ...params, ...body }),
  );
}
