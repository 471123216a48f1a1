import type { AnchorFile } from "./anchor.ts";

const INTERVAL_MS = 500;

/**
 * Follows the log with the anchor, at most a second behind and without making a commit wait: the newest checkpoint is
 * written, intermediate ones are skipped.
 */
export class AnchorKeeper {
  readonly #file: AnchorFile;
  readonly #failed: (error: unknown) => void;
  #next: string | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing = false;
  #lastAt = 0;
  #behindSince: number | undefined;

  constructor(file: AnchorFile, failed: (error: unknown) => void) {
    this.#file = file;
    this.#failed = failed;
  }

  /** Seconds since the oldest checkpoint that the anchor does not cover; 0 when it is up to date. */
  get behindSeconds(): number {
    return this.#behindSince === undefined ? 0 : (performance.now() - this.#behindSince) / 1000;
  }

  /** Notes the newest checkpoint; returns at once. */
  follow(note: string): void {
    this.#next = note;
    this.#behindSince ??= performance.now();
    this.#schedule();
  }

  /** Writes what is outstanding and waits for it. Throws what the file throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // What ends meanwhile must not begin another write beside this one: two would replace one file.
    this.#flushing = true;
    try {
      await this.#writing;
      const note = this.#next;
      if (note !== undefined) await this.#write(note);
    } finally {
      this.#flushing = false;
    }
  }

  #schedule(): void {
    if (this.#flushing || this.#timer !== undefined || this.#writing !== undefined) return;
    const wait = Math.max(0, this.#lastAt + INTERVAL_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const note = this.#next;
      if (note === undefined) return;
      this.#writing = this.#write(note)
        .catch(this.#failed)
        .finally(() => {
          this.#writing = undefined;
          if (this.#next !== undefined) this.#schedule();
        });
    }, wait);
    this.#timer.unref();
  }

  async #write(note: string): Promise<void> {
    const since = performance.now();
    this.#lastAt = since;
    await this.#file.write(note);
    if (this.#next === note) {
      this.#next = undefined;
      this.#behindSince = undefined;
    } else {
      this.#behindSince = since;
    }
  }
}
