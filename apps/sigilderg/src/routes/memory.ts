import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { idempotencyKey } from "../domain/records/idempotency.ts";
import { listMemory, readMemory, writeMemory } from "../domain/records/memory.ts";
import { orFailed } from "../domain/records/transaction.ts";
import { memoryView } from "../domain/records/views.ts";

export function memoryRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg POST /v1/memory", async ({ admitted, body, header, decided }) => {
    const key = await orFailed(plane, admitted.made, async () => idempotencyKey(header("idempotency-key")));
    const written = await writeMemory(plane, admitted.made, body, key);
    decided(written.decision);
    return { status: written.replayed ? 200 : 201, json: written };
  });

  service.route("sigilderg GET /v1/memory", async ({ admitted, query }) => {
    const { kind, limit, ...rest } = query;
    const page = await listMemory(
      plane.store,
      { ...rest, limit: limit ?? 50, type: kind },
      authorityOf(admitted.made),
    );
    return { json: { blocks: page.records.map(memoryView), next: page.next } };
  });

  service.route("sigilderg POST /v1/memory/export", async ({ admitted, body, signal }) => {
    const { made, stillGood } = admitted;
    const filter = { tag: body.tag, type: body.kind };
    const stream = await plane.exports.memory({ made, filter, signal, stillGood });
    return { stream, contentType: "application/x-ndjson" };
  });

  service.route("sigilderg GET /v1/memory/:id", async ({ admitted, params }) => ({
    json: memoryView(await readMemory(plane.store, params.id, authorityOf(admitted.made))),
  }));
}
