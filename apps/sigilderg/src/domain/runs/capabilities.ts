import { capabilityCovers } from "@sigil/policy";
import { type CapabilityEntry, type HostCall, ProblemError } from "@sigil/wire";

/**
 * Holds a host call against what the registered module declares; see `capabilityCovers`. Without a stream to compare (an entry
 * asked for by id) the call is held against the scope once its stream is known.
 * @throws ProblemError `capability-missing`
 */
export function requireCapability(
  capabilities: readonly CapabilityEntry[],
  call: HostCall,
  target: { readonly stream?: string } = {},
): void {
  if (!capabilityCovers(capabilities, call)) {
    throw new ProblemError("capability-missing", `the module declares no ${call} that is understood`);
  }
  const { stream } = target;
  if (stream === undefined || capabilityCovers(capabilities, call, { streams: stream })) return;
  throw new ProblemError("capability-missing", `the module's ${call} does not cover the stream ${stream}`);
}
