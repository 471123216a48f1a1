import { toBase64 } from "@sigil/crypto";
import type { Service } from "@sigil/service";
import type { CodexNexus } from "../domain/nexus.ts";

/** The log's own side: tiles and proofs. All of it answers under an alarm too, and none of it needs a level. */
export function logRoutes(service: Service, nexus: CodexNexus): void {
  service.route("codex-nexus GET /v1/log/tile", async ({ query: { level, index, width } }) => ({
    json: { bytes: toBase64(await nexus.log.tile({ level, index, width })) },
  }));

  service.route("codex-nexus GET /v1/log/consistency", async ({ query: { from, to } }) => ({
    json: { hashes: (await nexus.log.consistency(from, to)).map((hash) => toBase64(hash)) },
  }));

  service.route("codex-nexus GET /v1/log/inclusion", async ({ query: { index } }) => ({
    json: { proof: await nexus.log.inclusion(index) },
  }));
}
