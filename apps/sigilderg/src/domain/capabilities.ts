import { capabilityCovers } from "@sigil/policy";
import type { CapabilityEntry } from "@sigil/wire";
import { ProblemError } from "@sigil/wire";
import type { HostCall } from "./host-arguments.ts";

/**
 * Holds a host call against what the registered module declares, and the stream that it is about against the
 * `streams` of the capability's scope. A scope that says something else covers nothing.
 * @throws ProblemError `capability-missing`
 */
export function requireCapability(
  capabilities: readonly CapabilityEntry[],
  call: HostCall,
  target: { readonly stream?: string } = {},
): void {
  if (!capabilityCovers(capabilities, call))
    throw new ProblemError(
      "capability-missing",
      `the module does not declare ${call} with a scope that it has`,
    );
  const { stream } = target;
  if (stream === undefined || capabilityCovers(capabilities, call, { streams: stream })) return;
  throw new ProblemError("capability-missing", `the module's ${call} does not cover the stream ${stream}`);
}
