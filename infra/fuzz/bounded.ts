import { CanonError } from "../../packages/canon/src/index.ts";
import { CryptoError } from "../../packages/crypto/src/bytes.ts";

// A reader that accepts a megabyte from a kilobyte, or takes a second for it, is an attack on its host.
const BASE_BYTES = 4 * 1024 * 1024;
const BYTES_PER_BYTE = 1024;
const MOST_MS = 2_000;

/** What `read` returns, or undefined when it refuses with an error of our own. Anything else that is thrown is a finding. */
export function refusable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CanonError || error instanceof CryptoError) return undefined;
    throw error;
  }
}

/** Runs `act` on an input of `length` bytes; throws when it took too long or left too much on the heap. */
export function bounded(length: number, act: () => void): void {
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  act();
  const ms = performance.now() - started;
  // A collection in between makes the difference smaller, never larger.
  const bytes = process.memoryUsage().heapUsed - before;
  if (ms > MOST_MS) throw new Error(`${length} bytes took ${Math.round(ms)} ms; the limit is ${MOST_MS} ms`);
  const most = BASE_BYTES + length * BYTES_PER_BYTE;
  if (bytes > most) throw new Error(`${length} bytes took ${bytes} bytes of heap; the limit is ${most}`);
}

/** Throws unless both are the same text. */
export function same(what: string, a: string | undefined, b: string | undefined): void {
  if (a !== b) throw new Error(`${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}
