import { type OpenedStore, opened } from "../../../../apps/codex-nexus/test/support/store.ts";
import type { Scale } from "../../measure.ts";
import { type Line, measure, median, shown } from "../../measure.ts";
import { drafts } from "./drafts.ts";
import { type Ground, ground } from "./ground.ts";

const BATCH = 256;
const MILLION = 1_000_000;
/** What the store is compared with that has a million: one that has these. */
const FEW = 20_000;
const ROUNDS = 7;
/** Batches of each store in a round. */
const SAMPLE = 10;
const PAGE = 200;
const DEEP = 900_000;

/** A store of a million records against one of 20 000, each round of the one next to a round of the other. Takes several minutes. */
export async function* million(scale: Scale, { home }: Ground): AsyncGenerator<Line> {
  const other = await ground();
  const few = await opened(other.home, {}, { threaded: true });
  let store = await opened(home, {}, { threaded: true });
  try {
    await fill(few, FEW);
    await fill(store, MILLION - ROUNDS * SAMPLE * BATCH);
    const rounds: { own: number; base: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ own: await rate(store), base: await rate(few) });
    yield line("million-write", "1/s", `a store of ${FEW} records`, rounds);

    await store.close();
    const started = performance.now();
    store = await opened(home, {}, { threaded: true });
    await store.nexus.append({ records: drafts(1) });
    await store.nexus.query({ order: "desc", limit: 20 }, "Observer");
    const own = performance.now() - started;
    yield line("million-open", "ms", "none: open, append, read and list", [{ own, base: Number.NaN }]);

    const page = (from: string | null) =>
      store.nexus.query(
        { order: "asc", limit: PAGE, ...(from === null ? {} : { cursor: from }) },
        "Observer",
      );
    let cursor: string | null = null;
    for (let at = 0; at < DEEP; at += PAGE) {
      cursor = (await page(cursor)).next;
      if (at % FEW === 0) process.stderr.write(`\rstore/million: page behind ${at} records   `);
    }
    process.stderr.write("\n");
    const deep = cursor;
    yield await measure({
      ...scale,
      suite: "store",
      case: "million-page",
      unit: "ms",
      baseline: `the first page of ${PAGE} of the same listing; the case is the page behind ${DEEP} records`,
      run: () => page(deep),
      runBaseline: () => page(null),
    });
  } finally {
    await store.close();
    await few.close();
    other.remove();
  }
}

async function fill({ nexus }: OpenedStore, size: number): Promise<void> {
  while (nexus.checkpoint.size < size) {
    await nexus.append({ records: drafts(BATCH) });
    if (nexus.checkpoint.size % 4096 < BATCH)
      process.stderr.write(`\rstore/million: ${nexus.checkpoint.size} records   `);
  }
  process.stderr.write("\n");
}

/** Records a second. */
async function rate({ nexus }: OpenedStore): Promise<number> {
  let spent = 0;
  for (let batch = 0; batch < SAMPLE; batch += 1) {
    const records = drafts(BATCH);
    const started = performance.now();
    await nexus.append({ records });
    spent += performance.now() - started;
  }
  return (SAMPLE * BATCH * 1000) / spent;
}

function line(
  name: string,
  unit: Line["unit"],
  baseline: string,
  rounds: readonly { own: number; base: number }[],
): Line {
  const value = shown(median(rounds.map(({ own }) => own)));
  const ratios = rounds.map(({ own, base }) => own / base);
  const time = unit === "ms" ? value : Number.NaN;
  return {
    ...{ suite: "store", case: name, value, unit, p50: time, p99: time, baseline },
    baselineValue: shown(median(rounds.map(({ base }) => base))),
    ratio: shown(median(ratios)),
    spread: [shown(Math.min(...ratios)), shown(Math.max(...ratios))],
    n: rounds.length,
  };
}
