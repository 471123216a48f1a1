// npm run reliability -- crash|faults|tamper|hammer|soak [--rounds N | --seconds N]
// Progress on standard error; on standard output one JSON report a line. Exit 0: every promise held. 1: a problem. 2: usage,
// or a tool that this machine lacks.
import { syncedBeforeAcknowledged } from "./crash/ordering.ts";
import { randomKills } from "./crash/random.ts";
import { killsDuringRotation } from "./crash/rotation.ts";
import { killsAtEachCall } from "./crash/systematic.ts";
import { failingCalls } from "./faults/calls.ts";
import { cutLogs } from "./faults/cut-log.ts";
import { flippedBits } from "./faults/flipped.ts";
import { readOnlyFileSystem, readOnlyMissing } from "./faults/read-only.ts";
import { hammerLocal } from "./hammer/local.ts";
import type { HarnessReport, Progress } from "./report.ts";
import { soak } from "./soak/soak.ts";
import { bundleSubject } from "./subject/bundle.ts";
import { straceMissing } from "./subject/strace.ts";
import { tampering } from "./tamper/tamper.ts";

interface Scale {
  readonly rounds?: number;
  readonly seconds?: number;
}

const progress: Progress = (line) => void process.stderr.write(`${line}\n`);

const HARNESSES: Readonly<Record<string, (scale: Scale) => AsyncGenerator<HarnessReport>>> = {
  async *crash({ rounds = 200 }) {
    const program = await bundleSubject();
    try {
      yield await randomKills(program.file, rounds, { progress });
      yield await syncedBeforeAcknowledged(program.file);
      yield await killsAtEachCall(program.file, { progress });
      yield await killsDuringRotation(program.file, { progress });
    } finally {
      program.remove();
    }
  },
  async *faults({ rounds = 2000 }) {
    const program = await bundleSubject();
    try {
      yield await flippedBits(rounds);
      yield await cutLogs(program.file, 120);
      yield await readOnlyFileSystem(program.file);
      yield await failingCalls(program.file, { stride: 3, progress });
    } finally {
      program.remove();
    }
  },
  async *tamper({ rounds = 50 }) {
    yield await tampering(rounds);
  },
  async *hammer({ seconds = 180 }) {
    yield await hammerLocal(seconds, { progress });
  },
  async *soak({ rounds = 10_000 }) {
    yield await soak(rounds, { progress });
  },
};

const [name = "", flag, value] = process.argv.slice(2);
const harness = HARNESSES[name];
const number = Number(value);
const scale = flag === "--rounds" ? { rounds: number } : flag === "--seconds" ? { seconds: number } : {};
const scaled =
  flag === undefined || (Object.keys(scale).length === 1 && Number.isInteger(number) && number > 0);
if (harness === undefined || !scaled) {
  console.error("usage: npm run reliability -- crash|faults|tamper|soak [--rounds N] | hammer [--seconds N]");
  process.exit(2);
}
const missing = name === "crash" || name === "faults" ? (straceMissing() ?? readOnlyMissing()) : undefined;
if (missing !== undefined) {
  console.error(`reliability: ${missing}`);
  process.exit(2);
}
for await (const report of harness(scale)) {
  console.log(JSON.stringify(report));
  if (report.problems.length > 0) process.exitCode = 1;
}
