// npm run fuzz -- parse|note|bundle [--seconds N] [--seed N] [--input FILE]: coverage-guided fuzzing of a reader.
// The corpus grows in .sigil/fuzz/<target>/corpus; an input that is a finding is kept beside it and runs again with --input.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { bundle, trust } from "../../packages/canon/test/fixture.ts";
import type { Order } from "./worker.ts";

const TARGETS = ["parse", "note", "bundle"];
const MAX_BYTES = 65_536;
const HANG_MS = 20_000;

function usage(problem: string): never {
  console.error(
    `fuzz: ${problem}; usage: npm run fuzz -- ${TARGETS.join("|")} [--seconds N] [--seed N] [--input FILE]`,
  );
  process.exit(2);
}

function readArguments() {
  try {
    const options = {
      seconds: { type: "string" },
      seed: { type: "string" },
      input: { type: "string" },
    } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}
const { positionals, values } = readArguments();
const [target = "", ...rest] = positionals;
if (!TARGETS.includes(target) || rest.length > 0) usage(`"${positionals.join(" ")}" is no target`);
const numberOf = (text: string) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : usage(`${text} is no number`));
const seconds = numberOf(values.seconds ?? "60");
const seed = numberOf(values.seed ?? String(Date.now() % 1e9));

const folder = join(import.meta.dirname, "../../.sigil/fuzz", target);
mkdirSync(folder, { recursive: true });
// The keys of the sound bundle are drawn once, so that a finding can be run again.
const sample = join(folder, "sample.json");
if (!existsSync(sample)) writeFileSync(sample, JSON.stringify({ bundle, trust }));
process.env.SIGIL_FUZZ_SAMPLE = sample;
const code = join(import.meta.dirname, `${target}.ts`);

if (values.input !== undefined) {
  const { fuzz } = (await import(code)) as { fuzz(data: Uint8Array): void };
  fuzz(new Uint8Array(readFileSync(values.input)));
  console.log(`fuzz: ${values.input} is no finding for ${target}`);
} else await hunt();

async function hunt(): Promise<void> {
  const shared = new SharedArrayBuffer(8 + MAX_BYTES);
  const state = new Int32Array(shared, 0, 2);
  const order: Order = {
    target: code,
    corpus: join(folder, "corpus"),
    seconds,
    seed,
    maxBytes: MAX_BYTES,
    shared,
  };
  console.error(`fuzz: ${target} for ${seconds} s, seed ${seed}`);
  const worker = new Worker(join(import.meta.dirname, "worker.ts"), {
    workerData: order,
    // More than any input of this size needs: a reader that allocates without bound ends here.
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 },
  });
  const finding = (what: string) => {
    const file = join(folder, `finding-${Date.now()}`);
    writeFileSync(file, new Uint8Array(shared, 8, Atomics.load(state, 1)).slice());
    console.error(
      `fuzz: FINDING in ${target}: ${what}\n  run again: npm run fuzz -- ${target} --input ${file}`,
    );
    process.exitCode = 1;
  };
  let last = -1;
  const watch = setInterval(() => {
    const begun = Atomics.load(state, 0);
    if (begun === last && begun > 0) {
      finding(`no answer for ${HANG_MS} ms`);
      void worker.terminate();
    }
    last = begun;
  }, HANG_MS);
  worker.on("message", (summary) => console.log(JSON.stringify({ target, seconds, seed, ...summary })));
  worker.on("error", (error) =>
    finding(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  await new Promise((resolve) => worker.on("exit", resolve));
  clearInterval(watch);
}
