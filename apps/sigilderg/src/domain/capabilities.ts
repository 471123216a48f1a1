import type { Json } from "@sigil/canon";
import type { CapabilityEntry } from "@sigil/wire";
import { ProblemError } from "@sigil/wire";
import type { HostCall } from "./host-arguments.ts";

/**
 * Holds a host call against what the registered module declares. A scope narrows a capability: `stream` is the
 * stream, or a list of streams, that `canon.read` may read, each exact or a prefix that ends in `/` or `*`; a scope
 * without it does not narrow.
 * @throws ProblemError `capability-missing`
 */
export function requireCapability(
  capabilities: readonly CapabilityEntry[],
  call: HostCall,
  target: { readonly stream?: string } = {},
): void {
  const declared = capabilities.filter(({ name }) => name === call);
  if (declared.length === 0)
    throw new ProblemError("capability-missing", `the module does not declare ${call}`);
  const { stream } = target;
  if (stream === undefined || declared.some(({ scope }) => coversStream(scope.stream, stream))) return;
  throw new ProblemError("capability-missing", `the module's ${call} does not cover the stream ${stream}`);
}

function coversStream(allowed: Json | undefined, stream: string): boolean {
  if (allowed === undefined) return true;
  const patterns = Array.isArray(allowed) ? allowed : [allowed];
  return patterns.some((pattern) => typeof pattern === "string" && coversOne(pattern, stream));
}

function coversOne(pattern: string, stream: string): boolean {
  if (pattern.endsWith("*")) return stream.startsWith(pattern.slice(0, -1));
  return pattern.endsWith("/") ? stream.startsWith(pattern) : stream === pattern;
}
