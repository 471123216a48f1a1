import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { listCanon, readVisible } from "../domain/records/canon.ts";
import { writeCanon } from "../domain/records/canon-write.ts";
import { idempotencyKey } from "../domain/records/idempotency.ts";
import { orFailed } from "../domain/records/transaction.ts";

export function canonRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg POST /v1/canon", async ({ admitted, body, header, decided }) => {
    const key = await orFailed(plane, admitted.made, async () => idempotencyKey(header("idempotency-key")));
    const written = await writeCanon(plane, admitted.made, body.entries, key);
    decided(written.decision);
    return { status: written.replayed ? 200 : 201, json: written };
  });

  service.route("sigilderg GET /v1/canon", async ({ admitted, query }) => {
    const { limit, ...rest } = query;
    const page = await listCanon(plane.store, { ...rest, limit: limit ?? 50 }, authorityOf(admitted.made));
    return { json: { records: [...page.records], next: page.next } };
  });

  service.route("sigilderg GET /v1/canon/:id", async ({ admitted, params }) => ({
    json: await readVisible(plane.store, params.id, authorityOf(admitted.made)),
  }));

  service.route("sigilderg POST /v1/canon/export", async ({ admitted, body, signal }) => {
    const { made, stillGood } = admitted;
    const stream = await plane.exports.begin({ made, ids: body.ids, signal, stillGood });
    return { stream, contentType: "application/json" };
  });
}
