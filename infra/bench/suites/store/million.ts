import { opened } from "../../../../apps/codex-nexus/test/support/store.ts";
import type { Scale } from "../../measure.ts";
import { type Line, measure, shown } from "../../measure.ts";
import { drafts } from "./drafts.ts";
import type { Ground } from "./ground.ts";

const BATCH = 256;
const MILLION = 1_000_000;
const SAMPLE = 40;

/** A store of a million records against the same store when it was empty. Takes several minutes. */
export async function* million(scale: Scale, { home }: Ground): AsyncGenerator<Line> {
  let store = await opened(home, {}, { threaded: true });
  const rate = async (): Promise<number> => {
    let spent = 0;
    for (let batch = 0; batch < SAMPLE; batch += 1) {
      const records = drafts(BATCH);
      const started = performance.now();
      await store.nexus.append({ records });
      spent += performance.now() - started;
    }
    return (SAMPLE * BATCH * 1000) / spent;
  };
  try {
    await rate();
    const empty = await rate();
    while (store.nexus.checkpoint.size < MILLION - SAMPLE * BATCH) {
      await store.nexus.append({ records: drafts(BATCH) });
      if (store.nexus.checkpoint.size % 4096 < BATCH)
        process.stderr.write(`\rstore/million: ${store.nexus.checkpoint.size} records   `);
    }
    process.stderr.write("\n");
    const full = await rate();
    yield once("million-write", "1/s", full, "the same store with its first 20 000 records", empty);

    await store.close();
    const started = performance.now();
    store = await opened(home, {}, { threaded: true });
    await store.nexus.append({ records: drafts(1) });
    await store.nexus.query({ order: "desc", limit: 20 }, "Observer");
    const open = performance.now() - started;
    yield once("million-open", "ms", open, "none: open, append, read and list", Number.NaN);

    let cursor: string | null = null;
    const page = (from: string | null) =>
      store.nexus.query({ order: "asc", limit: 200, ...(from === null ? {} : { cursor: from }) }, "Observer");
    for (let at = 0; at < 900_000; at += 200) cursor = (await page(cursor)).next;
    const deep = cursor;
    yield await measure({
      ...scale,
      suite: "store",
      case: "million-page",
      baseline: "the first page of 200 of the same listing; the case is the page behind 900 000 records",
      run: () => page(deep),
      runBaseline: () => page(null),
    });
  } finally {
    await store.close();
  }
}

function once(name: string, unit: Line["unit"], value: number, baseline: string, of: number): Line {
  const ratio = shown(value / of);
  const time = unit === "ms" ? shown(value) : Number.NaN;
  const line = { suite: "store", case: name, value: shown(value), unit, p50: time, p99: time, baseline };
  return { ...line, baselineValue: shown(of), ratio, spread: [ratio, ratio], n: 1 };
}
