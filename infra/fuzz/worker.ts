// One fuzzing thread. The current input lies in shared memory, so that the runner has it when this thread hangs or dies.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { Coverage } from "./coverage.ts";
import { generator, mutate } from "./mutate.ts";

export interface Order {
  readonly target: string;
  readonly corpus: string;
  readonly seconds: number;
  readonly seed: number;
  readonly maxBytes: number;
  /** [0] the number of inputs begun, [1] the length of the current one; then its bytes. */
  readonly shared: SharedArrayBuffer;
}

const { target, corpus, seconds, seed, maxBytes, shared }: Order = workerData;
const { fuzz, seeds }: { fuzz(data: Uint8Array): void; seeds: readonly string[] } = await import(target);
const state = new Int32Array(shared, 0, 2);
const current = new Uint8Array(shared, 8);
const random = generator(seed);
const coverage = new Coverage();
let runs = 0;
const BATCH = 32;

function attempt(data: Uint8Array): void {
  current.set(data);
  Atomics.store(state, 1, data.length);
  Atomics.add(state, 0, 1);
  runs++;
  fuzz(data);
}

mkdirSync(corpus, { recursive: true });
const inputs = [
  ...seeds.map((text) => new TextEncoder().encode(text)),
  ...readdirSync(corpus).map((name) => new Uint8Array(readFileSync(join(corpus, name)))),
].map((data) => data.subarray(0, maxBytes));
for (const data of inputs) attempt(data);
coverage.keep();
const known = inputs.length;
const pick = () => inputs[random() % inputs.length] as Uint8Array;
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  // Asking for the coverage costs more than most inputs: a whole batch is asked about, and only one that got somewhere new is
  // run again, one by one.
  const batch = Array.from({ length: BATCH }, () =>
    Uint8Array.from(mutate(pick(), pick(), random, maxBytes)),
  );
  for (const data of batch) attempt(data);
  if (!coverage.reachedMore()) continue;
  for (const data of batch) {
    attempt(data);
    if (!coverage.keep()) continue;
    inputs.push(data);
    writeFileSync(join(corpus, createHash("sha256").update(data).digest("hex").slice(0, 16)), data);
  }
}
parentPort?.postMessage({ runs, blocks: coverage.size, corpus: inputs.length, found: inputs.length - known });
