import type { LlmEndpoint } from "@sigil/wire";
import type { Projection } from "../records/projection.ts";

/**
 * The endpoints that may be asked now: what a record set, or else what the settings of the start say. Where text may go is
 * governed: in quorum mode a file of one person opens no way out, only a record that witnesses agreed to.
 */
export function endpointsInForce(
  { settings, mode }: Pick<Projection, "settings" | "mode">,
  ofStart: readonly LlmEndpoint[],
): readonly LlmEndpoint[] {
  const recorded = settings.values["llm.endpoints"];
  if (Array.isArray(recorded)) return recorded;
  return mode === "quorum" ? [] : ofStart;
}
