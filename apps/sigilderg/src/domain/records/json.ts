import type { Json } from "@sigil/canon";

/** A value of the wire as plain JSON, without what is undefined. */
export function jsonOf(value: unknown): Record<string, Json> {
  return JSON.parse(JSON.stringify(value)) as Record<string, Json>;
}
