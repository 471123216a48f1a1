import { createService, type Service, type ServiceOptions } from "@sigil/service";
import type { Readiness } from "@sigil/wire";
import type { CodexNexus } from "./domain/nexus.ts";
import { bundleRoute } from "./routes/bundle.ts";
import { checkpointRoute } from "./routes/checkpoint.ts";
import { keyRoutes } from "./routes/keys.ts";
import { logRoutes } from "./routes/log.ts";
import { recordRoutes } from "./routes/records.ts";

/** An anchor further behind than this means that a rollback would go unnoticed. */
const ANCHOR_BEHIND_LIMIT_S = 10;

/** The data plane's service: every route of the table, over an open store. */
export function createApp(
  nexus: CodexNexus,
  options: Omit<ServiceOptions<undefined>, "name" | "readiness" | "admit">,
): Service {
  const service = createService({ ...options, name: "codex-nexus", readiness: () => readiness(nexus) });
  recordRoutes(service, nexus);
  bundleRoute(service, nexus);
  checkpointRoute(service, nexus);
  logRoutes(service, nexus);
  keyRoutes(service, nexus);
  return service;
}

function readiness({ alarm, anchorBehind, unscrubbed, unwritable }: CodexNexus): Readiness {
  const reasons: { code: string; detail: string }[] = [];
  if (alarm !== undefined) reasons.push({ code: alarm.code, detail: alarm.detail.slice(0, 512) });
  if (unwritable !== undefined) {
    const { since, refused, detail } = unwritable;
    reasons.push({
      code: "store-unwritable",
      detail: `commits fail since ${since}, ${refused} were refused: ${detail}`.slice(0, 512),
    });
  }
  if (anchorBehind > ANCHOR_BEHIND_LIMIT_S) {
    reasons.push({
      code: "anchor-behind",
      detail: `the anchor is ${Math.round(anchorBehind)} s behind the log`,
    });
  }
  if (unscrubbed) {
    const detail =
      "erased keys still lie in the write-ahead log, because another process reads an older view";
    reasons.push({ code: "erasure-unscrubbed", detail });
  }
  return { ready: reasons.length === 0, reasons };
}
