// One measurement: a case and its baseline, interleaved over several rounds, so that a machine whose speed drifts
// slows both. The ratio of a round is case over baseline; the median of the rounds is reported.

export interface Line {
  suite: string;
  case: string;
  value: number;
  unit: "1/s" | "ms" | "us";
  p50: number;
  p99: number;
  baseline: string;
  baselineValue: number;
  ratio: number;
  /** Smallest and largest ratio of a round: how much of the figure is the machine's noise. */
  spread: [number, number];
  n: number;
}

/** One operation; the figure is how often it completes per second. */
export type Operation = () => Promise<unknown> | unknown;

/** How much of each case is run: a quick look, or the run to quote. */
export interface Scale {
  /** Wall time of each side in each round, in milliseconds. */
  roundMs: number;
  rounds: number;
  /** Also what needs a store of a million records. */
  million?: boolean;
}

export interface Plan extends Scale {
  suite: string;
  case: string;
  baseline: string;
  run: Operation;
  runBaseline: Operation;
  /** Operations that one call of `run` or `runBaseline` makes: for those that a clock read would outweigh. 1 unless given. */
  batch?: number;
  /** `ms` and `us` report the time of an operation and its ratio as a cost: below 1 is better. `1/s` unless given. */
  unit?: Line["unit"];
  /** Runs before each operation of either side and is not timed: what a caller brings along. */
  prepare?: () => Promise<void> | void;
  /** Things that one operation does, of either side; 1. The figures count things. */
  each?: number;
  /** Operations in flight; 1 and 1. */
  concurrency?: { run: number; baseline: number };
}

interface Round {
  perSecond: number;
  /** Milliseconds of each operation. */
  times: number[];
}

async function round(operation: Operation, ms: number, prepare?: Plan["prepare"]): Promise<Round> {
  const times: number[] = [];
  let spent = 0;
  do {
    await prepare?.();
    const started = performance.now();
    await operation();
    const time = performance.now() - started;
    times.push(time);
    spent += time;
  } while (spent < ms);
  return { perSecond: (times.length * 1000) / spent, times };
}

/** `width` loops side by side; what is in flight when the time is over is waited for and counted. */
async function wideRound(operation: Operation, ms: number, width: number): Promise<Round> {
  const started = performance.now();
  const loops = Array.from({ length: width }, () => round(operation, ms));
  const times = (await Promise.all(loops)).flatMap((loop) => loop.times);
  return { perSecond: (times.length * 1000) / (performance.now() - started), times };
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Units of time in a second. */
const UNIT = { ms: 1e3, us: 1e6 } as const;

export const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** Four significant digits. */
export const shown = (value: number): number => Number(value.toPrecision(4));

/** The figure of a case against its baseline's; p50 and p99 are milliseconds of one operation of the case. */
export async function measure(plan: Plan): Promise<Line> {
  const { prepare, roundMs, each = 1, concurrency = { run: 1, baseline: 1 } } = plan;
  const one = (operation: Operation, width: number, ms: number) =>
    width === 1 ? round(operation, ms, prepare) : wideRound(operation, ms, width);
  await one(plan.run, concurrency.run, roundMs / 4);
  await one(plan.runBaseline, concurrency.baseline, roundMs / 4);
  const pairs: { own: Round; base: Round }[] = [];
  for (let i = 0; i < plan.rounds; i += 1) {
    process.stderr.write(`\r${plan.suite}/${plan.case}: round ${i + 1} of ${plan.rounds}   `);
    pairs.push({
      own: await one(plan.run, concurrency.run, roundMs),
      base: await one(plan.runBaseline, concurrency.baseline, roundMs),
    });
  }
  process.stderr.write("\n");
  const { batch = 1, unit = "1/s" } = plan;
  const times = pairs.flatMap((pair) => pair.own.times.map((ms) => ms / batch)).sort((a, b) => a - b);
  const figure = ({ perSecond }: Round): number =>
    unit === "1/s" ? perSecond * batch * each : UNIT[unit] / perSecond / batch;
  const ratios = pairs.map((pair) => figure(pair.own) / figure(pair.base));
  return {
    suite: plan.suite,
    case: plan.case,
    value: shown(median(pairs.map((pair) => figure(pair.own)))),
    unit,
    p50: shown(quantile(times, 0.5)),
    p99: shown(quantile(times, 0.99)),
    baseline: plan.baseline,
    baselineValue: shown(median(pairs.map((pair) => figure(pair.base)))),
    ratio: shown(median(ratios)),
    spread: [shown(Math.min(...ratios)), shown(Math.max(...ratios))],
    n: times.length * batch,
  };
}
