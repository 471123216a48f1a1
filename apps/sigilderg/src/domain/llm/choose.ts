import { capabilityCovers, compareLoa } from "@sigil/policy";
import { type LlmEndpoint, ProblemError } from "@sigil/wire";
import type { OpenRun } from "../runs/open-runs.ts";

type Asking = Pick<OpenRun, "module" | "readHigh" | "readSpaces">;

/**
 * The endpoint that a run asks: the one it names, or the first that may have what the run has read. Which endpoints there are is
 * no secret to a module, but only those in the scope of its `llm.complete` that list it, or no module, exist for it.
 * @throws ProblemError `llm-not-configured`, `llm-endpoint-denied`, `llm-level`
 */
export function chooseEndpoint(
  run: Asking,
  name: string | undefined,
  endpoints: readonly LlmEndpoint[],
): LlmEndpoint {
  if (endpoints.length === 0) throw new ProblemError("llm-not-configured", "no endpoint is configured");
  const open = endpoints.filter(
    (endpoint) => (name === undefined || endpoint.name === name) && mayAsk(run, endpoint),
  );
  const [first] = open;
  if (first === undefined) {
    const which = name === undefined ? "any endpoint" : `the endpoint ${name}`;
    throw new ProblemError("llm-endpoint-denied", `the module ${run.module.id} may not ask ${which}`);
  }
  const found = open.find((endpoint) => withheld(run, endpoint) === undefined);
  if (found !== undefined) return found;
  throw new ProblemError("llm-level", `${withheld(run, first)}`);
}

function mayAsk({ module }: Asking, endpoint: LlmEndpoint): boolean {
  const listed = endpoint.modules.length === 0 || endpoint.modules.includes(module.id);
  return listed && capabilityCovers(module.capabilities, "llm.complete", { endpoints: endpoint.name });
}

/** Why what the run has read may not leave for the endpoint. What it read is in whatever it says from then on. */
function withheld({ readHigh, readSpaces }: Asking, endpoint: LlmEndpoint): string | undefined {
  if (compareLoa(readHigh, endpoint.level) > 0)
    return `the run has read a record of level ${readHigh}, and ${endpoint.name} may have ${endpoint.level} at most`;
  const space = [...readSpaces].find((read) => !endpoint.spaces.includes(read));
  if (space === undefined) return undefined;
  return `the run has read records of the ${space} space, which ${endpoint.name} may not have`;
}
