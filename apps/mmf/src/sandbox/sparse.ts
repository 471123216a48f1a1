import type { Snapshot } from "quickjs-wasi";

const PAGE = 4096;
const WASM_PAGE = 65_536;

/** A snapshot without its empty pages, which is most of it: the memory of a new machine is zero already. */
export interface Sparse {
  /** Everything but the memory. */
  readonly machine: Omit<Snapshot, "memory">;
  /** Size of the memory. Bytes, a multiple of 65 536. */
  readonly size: number;
  /** What is written where, in order. */
  readonly parts: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** The numbers of the pages that are not zero. */
export function occupied(memory: Uint8Array): Set<number> {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.byteLength / 8);
  const pages = new Set<number>();
  const inPage = PAGE / 8;
  for (let at = 0; at < words.length; at++) {
    if (words[at] === 0n) continue;
    const page = Math.floor(at / inPage);
    pages.add(page);
    at = (page + 1) * inPage - 1;
  }
  return pages;
}

/** @param written pages of a new machine that are not zero: they are part of every snapshot, empty or not. */
export function sparse({ memory, ...machine }: Snapshot, written: ReadonlySet<number>): Sparse {
  const pages = [...new Set([...occupied(memory), ...written])].toSorted((a, b) => a - b);
  const parts: { at: number; bytes: Uint8Array }[] = [];
  for (let from = 0; from < pages.length; ) {
    let to = from + 1;
    while (to < pages.length && pages[to] === (pages[to - 1] ?? 0) + 1) to++;
    const [first = 0, last = 0] = [pages[from], pages[to - 1]];
    const at = first * PAGE;
    parts.push({ at, bytes: memory.slice(at, (last + 1) * PAGE) });
    from = to;
  }
  return { machine, size: memory.byteLength, parts };
}

/** Makes the memory of a new machine that of the snapshot, byte for byte. */
export function writeInto(memory: WebAssembly.Memory, { size, parts }: Sparse): void {
  const missing = (size - memory.buffer.byteLength) / WASM_PAGE;
  if (missing > 0) memory.grow(missing);
  const bytes = new Uint8Array(memory.buffer);
  for (const part of parts) bytes.set(part.bytes, part.at);
}
