import type { Json } from "@sigil/canon";

/** Fields of a host call's result that name a record: what a module may cite is named in one of them. */
const REF_FIELDS = ["ref", "id"] as const;

/**
 * The records that host calls of one run returned. A module may cite these and nothing else: a reference that it made up,
 * or read in somebody's text, proves nothing.
 */
export class Provenance {
  readonly #hashes = new Map<string, string | undefined>();

  /** Takes in the result of a host call: `ref` or `id` of the result itself and of every object in its lists. */
  note(result: Json): void {
    if (Array.isArray(result)) {
      for (const item of result) this.note(item);
      return;
    }
    if (typeof result !== "object" || result === null) return;
    for (const field of REF_FIELDS) {
      const ref = result[field];
      if (typeof ref !== "string") continue;
      const hash = result.hash;
      this.#hashes.set(ref, typeof hash === "string" ? hash : this.#hashes.get(ref));
    }
    for (const value of Object.values(result)) {
      // Lists of results only: an object inside a record's own content does not become a reference.
      if (Array.isArray(value)) this.note(value);
    }
  }

  has(ref: string): boolean {
    return this.#hashes.has(ref);
  }

  /** The record hash under which the reference came, if it came with one. */
  hash(ref: string): string | undefined {
    return this.#hashes.get(ref);
  }
}
