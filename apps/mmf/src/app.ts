import type { Service } from "@sigil/service";
import type { Catalog } from "./domain/module.ts";
import { listModules, readManifestOf } from "./routes/modules.ts";
import { executeRuns, type RunRouteParts, replayRuns } from "./routes/runs.ts";

/** Registers MMF's own routes; health, challenge and metrics are every service's. */
export function registerRoutes(service: Service, parts: RunRouteParts & { catalog: Catalog }): void {
  service.route("mmf GET /v1/modules", listModules(parts.catalog));
  service.route("mmf GET /v1/modules/:id/manifest", readManifestOf(parts.catalog));
  service.route("mmf POST /v1/runs", executeRuns(parts));
  service.route("mmf POST /v1/replays", replayRuns(parts));
}
