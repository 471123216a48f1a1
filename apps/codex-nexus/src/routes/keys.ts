import type { Service } from "@sigil/service";
import { KEK_WRAP_LIMIT } from "../domain/kek.ts";
import type { CodexNexus } from "../domain/nexus.ts";

/** `GET /v1/keys` and `POST /v1/keys/kek`. */
export function keyRoutes(service: Service, nexus: CodexNexus): void {
  service.route("codex-nexus GET /v1/keys", async () => ({
    json: { keks: await nexus.keks.uses(), rotating: nexus.keks.running, limit: KEK_WRAP_LIMIT },
  }));

  service.route("codex-nexus POST /v1/keys/kek", async ({ log, envelope }) => {
    const kek = await nexus.keks.begin(Date.now());
    log.info({ kek, decisionId: envelope.ctx?.decision }, "the key-encryption key rotates");
    return { status: 202, json: { kek } };
  });
}
