import type { Json } from "@sigil/canon";
import type { CapabilityEntry } from "@sigil/wire";
import { ProblemError } from "@sigil/wire";
import type { HostCall } from "./host-arguments.ts";

/** Scope fields that are understood. A scope with any other field narrows in a way that nobody here checks: it covers nothing. */
const SCOPE_FIELDS: ReadonlySet<string> = new Set(["stream", "streams"]);

/**
 * Holds a host call against what the registered module declares. A scope narrows a capability: `streams` (or `stream`) names
 * what `canon.read` may read, each exactly or as a prefix that ends in `/` or `*`; an empty scope does not narrow.
 * @throws ProblemError `capability-missing`
 */
export function requireCapability(
  capabilities: readonly CapabilityEntry[],
  call: HostCall,
  target: { readonly stream?: string } = {},
): void {
  const declared = capabilities.filter(({ name }) => name === call);
  if (declared.length === 0) {
    throw new ProblemError("capability-missing", `the module does not declare ${call}`);
  }
  if (declared.some(({ scope }) => covers(scope, target.stream))) return;
  const what = target.stream === undefined ? "this call" : `the stream ${target.stream}`;
  throw new ProblemError("capability-missing", `the module's ${call} does not cover ${what}`);
}

function covers(scope: Readonly<Record<string, Json>>, stream: string | undefined): boolean {
  if (Object.keys(scope).some((field) => !SCOPE_FIELDS.has(field))) return false;
  const patterns = [scope.stream, scope.streams].filter((allowed) => allowed !== undefined).flat();
  // Without a stream to compare (an entry asked for by id) the call is held against the scope once it is known.
  if (patterns.length === 0 && Object.keys(scope).length === 0) return true;
  return stream === undefined || patterns.some((pattern) => coversOne(pattern, stream));
}

function coversOne(pattern: Json, stream: string): boolean {
  if (typeof pattern !== "string" || pattern === "") return false;
  if (pattern.endsWith("*")) return stream.startsWith(pattern.slice(0, -1));
  return pattern.endsWith("/") ? stream.startsWith(pattern) : stream === pattern;
}
