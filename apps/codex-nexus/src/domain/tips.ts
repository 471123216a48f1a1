import type { KekRing } from "./kek.ts";
import type { RootKeys } from "./keys.ts";
import { hashRef, openRow } from "./seal.ts";
import type { Storage } from "./storage.ts";
import type { KeysAt } from "./verify/keys.ts";

/** The newest record of a stream. */
export interface Tip {
  readonly seq: number;
  readonly hash: string;
}

const LIMIT = 4096;

/** Tips of streams, read from the store and remembered for the streams that were used last. */
export class Tips {
  readonly #storage: Storage;
  readonly #root: RootKeys;
  readonly #ring: KekRing;
  readonly #keys: KeysAt;
  readonly #known = new Map<string, Tip>();

  constructor(storage: Storage, root: RootKeys, ring: KekRing, keys: KeysAt) {
    this.#storage = storage;
    this.#root = root;
    this.#ring = ring;
    this.#keys = keys;
  }

  /** Undefined for a stream without records. Throws what `openRow` throws for a tip that is damaged. */
  async of(stream: string): Promise<Tip | undefined> {
    const known = this.#known.get(stream);
    if (known !== undefined) return known;
    const blind = this.#root.blind("stream", stream);
    const row = await this.#storage.streamTip(blind);
    if (row === undefined) return undefined;
    const hash = hashRef(row.rh);
    // An erased record keeps its place and its hash: its position is the number of rows before it.
    if (row.wrappedDek === null) return { seq: (await this.#storage.streamLength(blind)) - 1, hash };
    const { record } = openRow(row, this.#root.origin, this.#ring, this.#keys(row.index));
    return { seq: record.seq, hash };
  }

  /** Remembers a tip that is committed. */
  moved(stream: string, tip: Tip): void {
    this.#known.delete(stream);
    this.#known.set(stream, tip);
    if (this.#known.size <= LIMIT) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  forget(): void {
    this.#known.clear();
  }
}
