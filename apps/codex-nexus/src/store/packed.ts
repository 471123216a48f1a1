import type { CommitBatch, NewLeaf, TreeNode } from "../domain/storage.ts";

/** Many rows as few objects: a structured clone of a row for each record costs more than its insert. */
interface Packed {
  /** Numbers and texts, row after row. */
  readonly plain: readonly (number | string)[];
  /** Length of each byte string, row after row; {@link ABSENT} for none. */
  readonly lengths: Int32Array;
  /** The byte strings, one after another. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A batch on its way to another thread. */
export type PackedBatch = Omit<CommitBatch, "leaves" | "nodes"> & {
  readonly leaves: Packed;
  readonly nodes: Packed;
};

const ABSENT = -1;

class Packer {
  readonly #plain: (number | string)[] = [];
  readonly #lengths: number[] = [];
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  plain(...values: (number | string)[]): void {
    this.#plain.push(...values);
  }

  bytes(value: Uint8Array | null): void {
    this.#lengths.push(value?.length ?? ABSENT);
    if (value === null) return;
    this.#parts.push(value);
    this.#size += value.length;
  }

  packed(): Packed {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { plain: this.#plain, lengths: Int32Array.from(this.#lengths), bytes };
  }
}

class Unpacker {
  readonly #packed: Packed;
  #plain = 0;
  #length = 0;
  #byte = 0;

  constructor(packed: Packed) {
    this.#packed = packed;
  }

  get done(): boolean {
    return this.#plain === this.#packed.plain.length;
  }

  plain<T extends number | string>(): T {
    return this.#packed.plain[this.#plain++] as T;
  }

  absentOrBytes(): Uint8Array | null {
    const length = this.#packed.lengths[this.#length++] as number;
    if (length === ABSENT) return null;
    this.#byte += length;
    return this.#packed.bytes.subarray(this.#byte - length, this.#byte);
  }

  bytes(): Uint8Array {
    return this.absentOrBytes() as Uint8Array;
  }
}

/** A batch whose rows lie in two buffers, and the buffers, for `postMessage` to move. */
export function packBatch(batch: CommitBatch): { packed: PackedBatch; buffers: ArrayBuffer[] } {
  const leaves = new Packer();
  for (const { index, id, kind, space, loa, ts, kekId, tags, ...bytes } of batch.leaves) {
    leaves.plain(index, id, kind, space, loa, ts, kekId, tags.length);
    leaves.bytes(bytes.wrappedDek);
    for (const value of [bytes.ct, bytes.rh, bytes.stream, bytes.principal, ...tags]) leaves.bytes(value);
  }
  const nodes = new Packer();
  for (const { level, index, hash } of batch.nodes) {
    nodes.plain(level, index);
    nodes.bytes(hash);
  }
  const packed = { ...batch, leaves: leaves.packed(), nodes: nodes.packed() };
  return { packed, buffers: [packed.leaves.bytes.buffer, packed.nodes.bytes.buffer] };
}

/** The batch that was packed. */
export function unpackBatch(packed: PackedBatch): CommitBatch {
  const leaves: NewLeaf[] = [];
  for (const row = new Unpacker(packed.leaves); !row.done; ) leaves.push(leafOf(row));
  const nodes: TreeNode[] = [];
  for (const row = new Unpacker(packed.nodes); !row.done; )
    nodes.push({ level: row.plain(), index: row.plain(), hash: row.bytes() });
  return { ...packed, leaves, nodes };
}

function leafOf(row: Unpacker): NewLeaf {
  const index = row.plain<number>();
  const id = row.plain<string>();
  const kind = row.plain<string>();
  const space = row.plain<NewLeaf["space"]>();
  const loa = row.plain<NewLeaf["loa"]>();
  const ts = row.plain<string>();
  const kekId = row.plain<string>();
  const tags = row.plain<number>();
  return {
    ...{ index, id, kind, space, loa, ts, kekId },
    wrappedDek: row.absentOrBytes(),
    ct: row.bytes(),
    rh: row.bytes(),
    stream: row.bytes(),
    principal: row.bytes(),
    tags: Array.from({ length: tags }, () => row.bytes()),
  };
}
