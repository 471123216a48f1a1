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
  n: number;
}

/** One operation; the figure is how often it completes per second. */
export type Operation = () => Promise<unknown> | unknown;

/** How much of each case is run: a quick look, or the run to quote. */
export interface Scale {
  /** Wall time of each side in each round, in milliseconds. */
  roundMs: number;
  rounds: number;
}

export interface Plan extends Scale {
  suite: string;
  case: string;
  baseline: string;
  run: Operation;
  runBaseline: Operation;
  /** Operations that one call of `run` or `runBaseline` makes: for those that a clock read would outweigh. 1 unless given. */
  batch?: number;
  /** `ms` reports the time of an operation and its ratio as a cost: below 1 is better. `1/s` unless given. */
  unit?: "1/s" | "ms";
}

interface Round {
  perSecond: number;
  /** Milliseconds of each operation. */
  times: number[];
}

async function round(operation: Operation, ms: number): Promise<Round> {
  const times: number[] = [];
  const started = performance.now();
  let now = started;
  do {
    await operation();
    const end = performance.now();
    times.push(end - now);
    now = end;
  } while (now - started < ms);
  return { perSecond: (times.length * 1000) / (now - started), times };
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** The figure of a case against its baseline's; p50 and p99 are milliseconds of one operation of the case. */
export async function measure(plan: Plan): Promise<Line> {
  await round(plan.run, plan.roundMs / 4);
  await round(plan.runBaseline, plan.roundMs / 4);
  const pairs: { own: Round; base: Round }[] = [];
  for (let i = 0; i < plan.rounds; i += 1) {
    process.stderr.write(`\r${plan.suite}/${plan.case}: round ${i + 1} of ${plan.rounds}   `);
    pairs.push({
      own: await round(plan.run, plan.roundMs),
      base: await round(plan.runBaseline, plan.roundMs),
    });
  }
  process.stderr.write("\n");
  const { batch = 1, unit = "1/s" } = plan;
  const times = pairs.flatMap((pair) => pair.own.times.map((ms) => ms / batch)).sort((a, b) => a - b);
  const figure = ({ perSecond }: Round): number =>
    unit === "ms" ? 1000 / perSecond / batch : perSecond * batch;
  const fixed = (value: number): number => Number(value.toPrecision(4));
  return {
    suite: plan.suite,
    case: plan.case,
    value: fixed(median(pairs.map((pair) => figure(pair.own)))),
    unit,
    p50: fixed(quantile(times, 0.5)),
    p99: fixed(quantile(times, 0.99)),
    baseline: plan.baseline,
    baselineValue: fixed(median(pairs.map((pair) => figure(pair.base)))),
    ratio: fixed(median(pairs.map((pair) => figure(pair.own) / figure(pair.base)))),
    n: times.length * batch,
  };
}
