import type { Service } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { madeView } from "../domain/force/asked.ts";
import { type Alone, changeAlone } from "../domain/governed/alone.ts";
import { moduleRegister, moduleReinstate, moduleRevoke } from "../domain/governed/modules.ts";
import { pageOf } from "../domain/records/cursors.ts";
import { idempotencyKey } from "../domain/records/idempotency.ts";
import { orFailed } from "../domain/records/transaction.ts";
import { runResultView } from "../domain/records/views.ts";
import { listModules } from "../domain/runs/module-list.ts";
import { standingOf } from "../domain/runs/standing.ts";

export function moduleRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/modules", async ({ admitted }) => ({
    json: await listModules(plane.host, plane.projection, authorityOf(admitted.made)),
  }));

  const changed = ({ placed: { id, index }, decision }: Alone) => ({
    status: 201,
    json: { record: id, index, decision },
  });
  service.route("sigilderg POST /v1/modules", async ({ admitted, body }) =>
    changed(await changeAlone(plane, admitted, moduleRegister, body)),
  );
  service.route("sigilderg POST /v1/modules/revocations", async ({ admitted, body }) =>
    changed(await changeAlone(plane, admitted, moduleRevoke, body)),
  );
  service.route("sigilderg POST /v1/modules/reinstatements", async ({ admitted, body }) =>
    changed(await changeAlone(plane, admitted, moduleReinstate, body)),
  );

  service.route("sigilderg GET /v1/modules/:id/versions", ({ params: { id }, query }) => {
    const { modules, governance } = plane.projection;
    const all = modules.eventsOf(id);
    if (all.length === 0) throw new ProblemError("module-unknown", `no module ${id} was ever registered`);
    const { page, next } = pageOf(plane, `module ${id}`, all, query);
    const events = page.map((event) => ({
      change: event.change,
      digest: event.digest,
      version: event.module?.version ?? null,
      publisher: event.module?.publisher,
      limits: event.module?.limits,
      capabilities: event.module === null ? null : [...event.module.capabilities],
      made: madeView(event, (record) => governance.proposals.thatWrote(record)),
    }));
    return { json: { inForce: modules.inForce(id)?.digest ?? null, events, next } };
  });

  service.route("sigilderg GET /v1/modules/:id/standing", ({ params: { id }, query }) => {
    const { all, ...standing } = standingOf(plane.projection, id, plane.violationLimit(), plane.now());
    const { page, next } = pageOf(plane, `standing ${id}`, all, query);
    return { json: { ...standing, violations: [...page], next } };
  });

  service.route("sigilderg POST /v1/modules/:id/runs", async ({ admitted, params, body, header, signal }) => {
    const key = await orFailed(plane, admitted.made, async () => idempotencyKey(header("idempotency-key")));
    const finished = await plane.runs.run(admitted.made, {
      module: params.id,
      input: body.input,
      parents: body.parents,
      signal,
      ...(body.session === undefined ? {} : { session: body.session }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    return { json: runResultView(finished) };
  });
}
