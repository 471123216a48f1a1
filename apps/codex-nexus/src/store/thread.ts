import { extname } from "node:path";
import { Worker } from "node:worker_threads";

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that answers one message after another, in their order. It begins with the first message. One that dies fails
 * what it was given, which may have been done all the same, and the next message begins another.
 */
export class Thread<Message, Answer> {
  readonly #entry: URL;
  readonly #name: string;
  readonly #data: unknown;
  readonly #waiting: Waiting<Answer>[] = [];
  #worker: Worker | undefined;

  /** `program` is a file beside this one, without its ending: in the sources as in a bundle. */
  constructor(program: string, name: string, data?: unknown) {
    this.#entry = new URL(`./${program}${extname(import.meta.filename)}`, import.meta.url);
    this.#name = name;
    this.#data = data;
  }

  /** Moves `buffers` to the thread. Rejects when it dies before it has answered. */
  ask(message: Message, buffers: ArrayBuffer[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#begin();
      this.#worker.postMessage(message, buffers);
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Tells the thread with `null` that nothing follows, and waits for its end. */
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
    const worker = new Worker(this.#entry, {
      ...{ workerData: this.#data, name: this.#name, stdout: true, stderr: true },
    });
    worker.on("message", (answer: Answer) => this.#waiting.shift()?.resolve(answer));
    const lost = (error: Error) => {
      // What waits now was given to the thread that begins after this one.
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error(`the ${this.#name} thread ended`)));
    return worker;
  }
}
