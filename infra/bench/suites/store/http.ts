import type { Scale } from "../../measure.ts";
import { type Line, measure } from "../../measure.ts";
import { AtprotoRepo } from "./atproto.ts";
import { draft, drafts } from "./drafts.ts";
import type { Ground } from "./ground.ts";
import { absentPostgres, Postgres } from "./postgres.ts";
import { served } from "./served.ts";

const WRITERS = 64;
const CONNECTIONS = 16;
const BATCH = 100;
const APPEND = "codex-nexus POST /v1/records";

/** Writing over HTTP with envelopes, the service in a process of its own. */
export async function* overHttp(scale: Scale, { home, folder }: Ground): AsyncGenerator<Line> {
  const absent = absentPostgres();
  const postgres = absent === undefined ? await Postgres.start(folder, CONNECTIONS) : undefined;
  if (absent !== undefined)
    process.stderr.write(`store/http-64, http-batch100-vs-postgres: left out, ${absent}\n`);
  const service = await served(home, WRITERS);
  const single = () => service.client.call(APPEND, { body: { records: [draft()] } });
  const batch = () => service.client.call(APPEND, { body: { records: drafts(BATCH) } });
  try {
    if (postgres !== undefined) {
      yield await measure({
        ...scale,
        suite: "store",
        case: "http-64",
        baseline: `PostgreSQL 15, plain inserts of the same JSON on ${CONNECTIONS} connections, synchronous_commit on`,
        concurrency: { run: WRITERS, baseline: CONNECTIONS },
        run: single,
        runBaseline: () => postgres.one(draft()),
      });
      yield await measure({
        ...scale,
        suite: "store",
        case: "http-batch100-vs-postgres",
        baseline: `PostgreSQL 15, transactions of ${BATCH} inserts of the same JSON, synchronous_commit on`,
        each: BATCH,
        run: batch,
        runBaseline: () => postgres.many(drafts(BATCH)),
      });
    }
    const repo = await AtprotoRepo.create();
    yield await measure({
      ...scale,
      suite: "store",
      case: "http-batch100-vs-atproto",
      baseline: `@atproto/repo, signed commits of ${BATCH} records in memory`,
      each: BATCH,
      run: batch,
      runBaseline: () => repo.commit(drafts(BATCH)),
    });
  } finally {
    await service.stop();
    await postgres?.stop();
  }
}
