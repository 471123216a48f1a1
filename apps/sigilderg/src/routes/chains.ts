import type { Service } from "@sigil/service";
import { LINEAGE } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { readChain } from "../domain/chains/chains.ts";
import { lineageOf } from "../domain/chains/lineage.ts";
import { proofIds, viewChain } from "../domain/chains/view.ts";

export function chainRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  const { store } = plane;

  service.route("sigilderg GET /v1/chains/:id", async ({ admitted, params }) => {
    const authority = authorityOf(admitted.made);
    return { json: await viewChain(store, await readChain(store, params.id, authority), authority) };
  });

  service.route("sigilderg GET /v1/chains/:id/lineage", async ({ admitted, params, query }) => {
    const authority = authorityOf(admitted.made);
    const { depth = LINEAGE.depth.usual, limit = LINEAGE.limit.usual } = query;
    const root = await readChain(store, params.id, authority);
    return { json: await lineageOf(store, root, { depth, limit }, authority) };
  });

  service.route("sigilderg GET /v1/chains/:id/proof", async ({ admitted, params, signal }) => {
    const { made, stillGood } = admitted;
    const authority = authorityOf(made);
    const ids = await proofIds(store, await readChain(store, params.id, authority), authority);
    const stream = await plane.exports.begin({ made, ids, signal, stillGood });
    return { stream, contentType: "application/json" };
  });
}
