import { readFileSync } from "node:fs";
import fc from "fast-check";
import { QuickJS } from "quickjs-wasi";
import { expect, test } from "vitest";
import { runnerFiles } from "../../src/sandbox/paths.ts";
import { occupied, sparse, writeInto } from "../../src/sandbox/sparse.ts";

const PAGE = 4096;
const machine = { stackPointer: 0, runtimePtr: 0, contextPtr: 0, extensions: [] };

/** A memory whose pages hold these first bytes, and whose last byte of each such page does too. */
function memoryOf(pages: readonly number[], size: number): Uint8Array {
  const memory = new Uint8Array(size);
  pages.forEach((value, page) => {
    memory[page * PAGE] = value;
    memory[page * PAGE + PAGE - 1] = value;
  });
  return memory;
}

test("a new machine becomes the snapshot to the byte, also where it had written and the snapshot is empty", () => {
  const pages = fc.array(fc.constantFrom(0, 0, 7, 255), { minLength: 1, maxLength: 32 });
  fc.assert(
    fc.property(pages, fc.array(fc.constantFrom(0, 3), { maxLength: 16 }), (kept, first) => {
      const fresh = memoryOf(first, 65_536);
      const snapshot = { ...machine, memory: memoryOf(kept, 131_072) };
      const held = { buffer: fresh.buffer.slice(0) as ArrayBuffer, grow: (n: number) => grow(held, n) };
      writeInto(held, sparse(snapshot, occupied(fresh)));
      expect(Buffer.compare(new Uint8Array(held.buffer), snapshot.memory)).toBe(0);
    }),
    { seed: 20261125, numRuns: 200 },
  );
});

/** As `WebAssembly.Memory` grows: the same bytes, and zeroes behind them. */
function grow(memory: { buffer: ArrayBuffer }, pages: number): number {
  const before = memory.buffer.byteLength;
  const larger = new Uint8Array(before + pages * 65_536);
  larger.set(new Uint8Array(memory.buffer));
  memory.buffer = larger.buffer;
  return before / 65_536;
}

test("most of a snapshot of the engine is empty pages, which are not kept", async () => {
  const wasm = readFileSync(runnerFiles().wasm);
  using vm = await QuickJS.create({ wasm, wasi: () => ({}) });
  const snapshot = vm.snapshot();
  const kept = sparse(snapshot, new Set()).parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(kept).toBeLessThan(snapshot.memory.length / 2);
  expect(kept).toBe(occupied(snapshot.memory).size * PAGE);
});
