import type { CommitBatch } from "../domain/storage.ts";
import { type PackedBatch, packBatch } from "./packed.ts";
import { Thread } from "./thread.ts";

/** What the thread says about one batch; code and message are the engine's. */
export type CommitAnswer =
  | { readonly failed: false }
  | { readonly failed: true; readonly code: string; readonly message: string };

/** Commits in a thread of its own, one batch after another. What a dying thread was given may be on disk all the same. */
export class Committer {
  readonly #thread: Thread<PackedBatch, CommitAnswer>;

  constructor(file: string) {
    this.#thread = new Thread("commit-thread", "commit", file);
  }

  /** Resolves when the batch is durable. Rejects with what the engine threw, its `code` included. */
  async commit(batch: CommitBatch): Promise<void> {
    const { packed, buffers } = packBatch(batch);
    const answer = await this.#thread.ask(packed, buffers);
    if (answer.failed) throw Object.assign(new Error(answer.message), { code: answer.code });
  }

  /** Closes the thread's connection behind what it was given, and ends it. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
