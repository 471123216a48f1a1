// The thread that commits, over a connection of its own: while a transaction waits for the disk, the event loop answers
// readers. It is given ciphertext and blind indexes; no key and no record ever reaches it.
import { parentPort, workerData } from "node:worker_threads";
import Sqlite, { type Database } from "better-sqlite3";
import type { CommitBatch } from "../domain/storage.ts";
import { prepareCommit } from "./commit.ts";
import type { CommitAnswer } from "./committer.ts";
import { setDurable } from "./connection.ts";
import { type PackedBatch, unpackBatch } from "./packed.ts";

const file = workerData as string;
const port = parentPort;
if (port === null) throw new Error("commit-thread.ts runs as a thread of a store");

let database: Database | undefined;
let commit: ((batch: CommitBatch) => void) | undefined;

function open(): (batch: CommitBatch) => void {
  const opened = new Sqlite(file, { fileMustExist: true });
  try {
    setDurable(opened);
    const prepared = prepareCommit(opened);
    database = opened;
    return prepared;
  } catch (error) {
    opened.close();
    throw error;
  }
}

function answerTo(batch: PackedBatch): CommitAnswer {
  try {
    // Not before the first commit: by then the layout is up to date. A file that does not open may do so the next time.
    commit ??= open();
    commit(unpackBatch(batch));
    return { failed: false };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { failed: true, code, message: error instanceof Error ? error.message : String(error) };
  }
}

port.on("message", (batch: PackedBatch | null) => {
  if (batch !== null) {
    port.postMessage(answerTo(batch));
    return;
  }
  database?.close();
  port.close();
});
