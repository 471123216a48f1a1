import type { CanonRecord } from "@sigil/canon";
import type { Placed } from "./placed.ts";

/** Where the streams of governed records end, and when each of their records was followed by another. */
export class StreamTips {
  readonly #tips = new Map<string, Placed>();
  readonly #followed = new Map<string, string>();

  /** Follows one record of `system` space. */
  absorb({ stream, ts }: CanonRecord, placed: Placed): void {
    const tip = this.#tips.get(stream);
    if (tip !== undefined && placed.index <= tip.index) return;
    this.#followed.set(key(stream, tip?.hash ?? null), ts);
    this.#tips.set(stream, placed);
  }

  /** Hash of the last record of a stream; null for an empty one. */
  of(stream: string): string | null {
    return this.#tips.get(stream)?.hash ?? null;
  }

  /** Time of the record after `prev`; null while there is none. */
  moved(stream: string, prev: string | null): string | null {
    return this.#followed.get(key(stream, prev)) ?? null;
  }
}

function key(stream: string, prev: string | null): string {
  return `${stream}\n${prev ?? ""}`;
}
