import type { RecordDraft } from "@sigil/canon";
import { opened } from "../../../../apps/codex-nexus/test/support/store.ts";
import type { Scale } from "../../measure.ts";
import { type Line, measure } from "../../measure.ts";
import { drafts } from "./drafts.ts";
import type { Ground } from "./ground.ts";

/** Writing and reading in this process, without HTTP. */
export async function* inProcess(scale: Scale, { home, plain }: Ground): AsyncGenerator<Line> {
  // As a service opens it for batches; as a command opens it for one record at a time, where nobody reads meanwhile.
  let store = await opened(home, {}, { threaded: true });
  let records: RecordDraft[] = [];
  const prepared = (count: number) => () => {
    records = drafts(count);
  };
  try {
    yield await measure({
      ...scale,
      suite: "store",
      case: "append-batch256",
      baseline: "better-sqlite3, 256 inserts of the same JSON in one transaction, WAL, synchronous=FULL",
      each: 256,
      prepare: prepared(256),
      run: () => store.nexus.append({ records }),
      runBaseline: () => plain.many(records),
    });
    await store.close();
    store = await opened(home);
    const { nexus } = store;
    yield await measure({
      ...scale,
      suite: "store",
      case: "append-single",
      baseline: "better-sqlite3 autocommit insert of the same JSON, WAL, synchronous=FULL",
      prepare: prepared(1),
      run: () => nexus.append({ records }),
      runBaseline: () => plain.one(records[0] as RecordDraft),
    });
    const known = drafts(256);
    await nexus.append({ records: known });
    for (const record of known) plain.put(record);
    const next = ids(known);
    yield await measure({
      ...scale,
      suite: "store",
      case: "read-verify",
      baseline: "better-sqlite3 select of the same JSON by id, and JSON.parse",
      run: () => nexus.read(next(), "Observer"),
      runBaseline: () => plain.get(next()),
    });
  } finally {
    await store.close();
  }
}

function ids(records: readonly RecordDraft[]): () => string {
  let at = 0;
  return () => {
    at = (at + 97) % records.length;
    return records[at]?.id ?? "";
  };
}
