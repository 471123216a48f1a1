import { toBase64 } from "@sigil/crypto";
import type { Service } from "@sigil/service";
import type { CodexNexus } from "../domain/nexus.ts";

/** `GET /v1/checkpoint`: answers under an alarm too. */
export function checkpointRoute(service: Service, nexus: CodexNexus): void {
  service.route("codex-nexus GET /v1/checkpoint", () => {
    const { note, size, root } = nexus.checkpoint;
    return { json: { checkpoint: note, size, root: toBase64(root) } };
  });
}
