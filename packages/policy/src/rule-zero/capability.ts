import type { Json } from "@sigil/canon/portable";
import { hostCall } from "./host-calls.ts";

/** A capability as a manifest declares it and a grant gives it. */
export interface Capability {
  readonly name: string;
  readonly scope: { readonly [field: string]: Json };
}

/** What a host call is about, by scope field: the stream that it reads under `streams`. */
export type CallTarget = Readonly<Record<string, string>>;

/**
 * Whether one of the capabilities covers a host call on a target. A scope without a field does not narrow it; a field
 * is a list of patterns, each exact or a prefix with a final `*`. A field that the host call does not have, and a value
 * that is no list of strings, cover nothing: a limit that is not understood cannot be kept. A field that the scope
 * narrows must be in the target, unless `target` is undefined: then only the name and the form of the scope are asked.
 * @throws PolicyError `host-call-unknown`
 */
export function capabilityCovers(
  capabilities: readonly Capability[],
  method: string,
  target?: CallTarget,
): boolean {
  const { capability, scope: fields } = hostCall(method);
  return capabilities.some(
    ({ name, scope }) =>
      name === capability &&
      Object.entries(scope).every(
        ([field, patterns]) =>
          fields.includes(field) &&
          isPatterns(patterns) &&
          (target === undefined || covers(patterns, target[field])),
      ),
  );
}

function isPatterns(value: Json): value is string[] {
  return Array.isArray(value) && value.every((pattern) => typeof pattern === "string");
}

function covers(patterns: readonly string[], value: string | undefined): boolean {
  if (value === undefined) return false;
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : pattern === value,
  );
}
