import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { dryRun } from "../domain/decisions/dry-run.ts";
import { asked, madeView } from "../domain/force/asked.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { policyTable } from "../domain/governed/policy.ts";
import { trustWeights } from "../domain/governed/trust-model.ts";
import { pageOf } from "../domain/records/cursors.ts";
import { changedView } from "../domain/records/views.ts";
import { checkTrust, trustStanding } from "../domain/trust.ts";

/** What decides here, now and at any time before; what it would decide; and what trust says of the caller. */
export function policyRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  const { projection } = plane;
  const proposalOf = (record: string) => projection.governance.proposals.thatWrote(record);

  service.route("sigilderg GET /v1/policy", ({ query }) => {
    const { tables, models } = projection.policies;
    const table = asked(tables, query);
    const leaf = table.made?.index ?? -1;
    const model = asked(models, query.version === undefined ? query : { leaf });
    const { digest, actions } = table.value;
    return {
      json: {
        version: table.version,
        made: madeView(table, proposalOf),
        modelVersion: model.version,
        ...{ digest, model: model.value, actions: [...actions] },
      },
    };
  });

  service.route("sigilderg GET /v1/policy/versions", ({ query }) => {
    const { page, next } = pageOf(plane, "policy", projection.policies.tables.all, query);
    const versions = page.map((table) => ({
      version: table.version,
      digest: table.value.digest,
      made: madeView(table, proposalOf),
    }));
    return { json: { versions, next } };
  });

  service.route("sigilderg POST /v1/policy", async ({ admitted, body }) => ({
    status: 201,
    json: changedView(await changeAlone(plane, admitted, policyTable, body)),
  }));

  service.route("sigilderg GET /v1/trust-model", ({ query }) => {
    const found = asked(projection.policies.models, query);
    const { version, value } = found;
    return { json: { version, model: value, made: madeView(found, proposalOf) } };
  });

  service.route("sigilderg GET /v1/trust-model/versions", ({ query }) => {
    const { page, next } = pageOf(plane, "trust-model", projection.policies.models.all, query);
    const versions = page.map((model) => ({
      version: model.version,
      id: model.value.id,
      made: madeView(model, proposalOf),
    }));
    return { json: { versions, next } };
  });

  service.route("sigilderg POST /v1/trust-model", async ({ admitted, body }) => ({
    status: 201,
    json: changedView(await changeAlone(plane, admitted, trustWeights, body)),
  }));

  service.route("sigilderg POST /v1/policy/explanations", ({ admitted, body }) => ({
    json: dryRun(admitted, body, plane.now()),
  }));

  service.route("sigilderg GET /v1/trust", ({ admitted }) => ({ json: trustStanding(admitted) }));

  service.route("sigilderg GET /v1/trust/:action", ({ admitted, params, query }) => ({
    json: checkTrust(admitted, params.action, query.explain === "true"),
  }));
}
