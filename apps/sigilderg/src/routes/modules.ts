import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { idempotencyKey } from "../domain/idempotency.ts";
import { listRegistered } from "../domain/module-list.ts";
import { viewRun } from "../domain/run-view.ts";
import { orFailed } from "../domain/transaction.ts";
import { runResultView } from "../domain/views.ts";

export function moduleRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/modules", async ({ admitted }) => ({
    json: { modules: await listRegistered(plane.host, plane.projection.genesis, authorityOf(admitted.made)) },
  }));

  service.route("sigilderg POST /v1/modules/:id/runs", async ({ admitted, params, body, header, signal }) => {
    const key = await orFailed(plane, admitted.made, async () => idempotencyKey(header("idempotency-key")));
    const finished = await plane.runs.run(admitted.made, {
      module: params.id,
      input: body.input,
      signal,
      ...(body.session === undefined ? {} : { session: body.session }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    return { json: runResultView(finished) };
  });

  service.route("sigilderg POST /v1/runs/:id/cancel", async ({ admitted, params }) => ({
    json: await plane.runs.cancel(admitted.made, params.id),
  }));

  service.route("sigilderg GET /v1/runs/:id", async ({ admitted, params }) => ({
    json: await viewRun(plane.store, plane.open, params.id, authorityOf(admitted.made)),
  }));
}
