import type { Service } from "@sigil/service";
import type { CodexNexus } from "../domain/nexus.ts";
import { readerLevel } from "./reader-level.ts";

/** `POST /v1/bundle`. */
export function bundleRoute(service: Service, nexus: CodexNexus): void {
  service.route("codex-nexus POST /v1/bundle", ({ body, envelope }) => ({
    frames: nexus.bundle(body.ids, readerLevel(envelope)),
  }));
}
