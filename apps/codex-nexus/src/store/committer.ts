import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { CommitBatch } from "../domain/storage.ts";
import { packBatch } from "./packed.ts";

/** What the thread says about one batch; code and message are the engine's. */
export type CommitAnswer =
  | { readonly failed: false }
  | { readonly failed: true; readonly code: string; readonly message: string };

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

// Beside this file, in the sources as in a bundle.
const ENTRY = new URL(`./commit-thread${extname(import.meta.filename)}`, import.meta.url);

/**
 * Commits in a thread of its own, one batch after another. The thread begins with the first commit. One that dies fails
 * what it was given, which may be on disk all the same, and the next commit begins another.
 */
export class Committer {
  readonly #file: string;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves when the batch is durable. Rejects with what the engine threw, its `code` included. */
  commit(batch: CommitBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      const { packed, buffers } = packBatch(batch);
      this.#worker ??= this.#begin();
      this.#worker.postMessage(packed, buffers);
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Closes the thread's connection behind what it was given, and ends it. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise((resolve) => {
      worker.once("exit", resolve);
      worker.postMessage(null);
    });
  }

  #begin(): Worker {
    // Node joins a thread's output to this process's own and makes that non-blocking, so that whoever writes a line to it
    // in one call may fail (EAGAIN). The thread says nothing there; what it throws arrives as an event.
    const worker = new Worker(ENTRY, { workerData: this.#file, name: "commit", stdout: true, stderr: true });
    worker.on("message", (answer: CommitAnswer) => {
      const waiting = this.#waiting.shift();
      if (answer.failed) waiting?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
      else waiting?.resolve();
    });
    const lost = (error: Error) => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error("the commit thread ended")));
    return worker;
  }
}
