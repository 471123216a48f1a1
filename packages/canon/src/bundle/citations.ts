import { DIGEST } from "../identifier.ts";
import type { Json, JsonObject } from "../json/value.ts";
import type { CanonRecord } from "../record/frame.ts";

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body of an authored payload; empty when it has none. */
export function bodyOf(record: CanonRecord): JsonObject {
  return isObject(record.payload.body) ? record.payload.body : {};
}

// The fields of a frozen chain that hold record hashes.
function chainHashes(body: JsonObject): Json[] {
  const { input, output, calls, parents, context } = body;
  const hashesOf = (list: Json | undefined) =>
    Array.isArray(list) ? list.map((each) => (isObject(each) ? (each.hash ?? null) : null)) : [];
  return [input ?? null, output ?? null, calls ?? null, ...hashesOf(parents), ...hashesOf(context)];
}

/** The hashes of the records that a record cites: its links, and for a frozen chain what it froze. Each once. */
export function citedHashes(record: CanonRecord): string[] {
  const fromPayload = record.kind === "chain.frozen" ? chainHashes(bodyOf(record)) : [];
  const all = [...record.links.map(({ target }) => target), ...fromPayload];
  return [...new Set(all.filter((each): each is string => typeof each === "string" && DIGEST.test(each)))];
}

/** What the outcome of a decision says it wrote: record id and draft digest. */
export function effectsOf(record: CanonRecord): { id: string; digest: string }[] {
  const effects = record.kind === "decision.outcome" ? bodyOf(record).effects : undefined;
  if (!Array.isArray(effects)) return [];
  return effects.flatMap((each) => {
    if (!isObject(each)) return [];
    const { id, digest } = each;
    return typeof id === "string" && typeof digest === "string" ? [{ id, digest }] : [];
  });
}
