import { join } from "node:path";
import { sha256 } from "@sigil/crypto";
import Database from "better-sqlite3";
import { opened } from "../../../../apps/codex-nexus/test/support/store.ts";
import { verified } from "../../../../apps/codex-nexus/test/support/verify.ts";
import type { Scale } from "../../measure.ts";
import { type Line, measure } from "../../measure.ts";
import { drafts } from "./drafts.ts";
import type { Ground } from "./ground.ts";

/** Some 40 000 records: threads start for less time than they work. */
const BATCHES = 160;
const THREAD = new URL("../../../../apps/codex-nexus/dist/verify-worker.js", import.meta.url);

/** The whole keyless verification of a store, per record, against hashing the same ciphertexts and nothing else. */
export async function* keylessAudit(scale: Scale, { home }: Ground): AsyncGenerator<Line> {
  const store = await opened(home);
  for (let batch = 0; batch < BATCHES; batch += 1) await store.nexus.append({ records: drafts(256) });
  const records = store.nexus.checkpoint.size;
  await store.close();
  const database = new Database(join(home.data, "nexus.db"), { readonly: true });
  const ciphertexts = database.prepare("SELECT ct FROM leaves").pluck();
  try {
    yield await measure({
      ...scale,
      suite: "store",
      case: "keyless-audit",
      baseline: "SHA-256 of every ciphertext of the same database, read in one statement",
      each: records,
      async run() {
        const report = await verified(home, home.data, { keyless: true, program: THREAD });
        if (!report.ok || report.records !== records) throw new Error("the audit is not clean");
      },
      runBaseline() {
        for (const ct of ciphertexts.iterate() as IterableIterator<Uint8Array>) sha256(ct);
      },
    });
  } finally {
    database.close();
  }
}
