/** Splits a stream of text into lines, and refuses to hold more than `limit` characters of an unfinished one. */
export class LineSplitter {
  readonly #limit: number;
  readonly #onLine: (line: string) => void;
  #parts: string[] = [];
  #held = 0;

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit;
    this.#onLine = onLine;
  }

  /** False once a line is longer than the limit; nothing more should be pushed then. */
  push(chunk: string): boolean {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      this.#parts.push(chunk.slice(start, end));
      const line = this.#parts.join("");
      this.#parts = [];
      this.#held = 0;
      if (line.length > this.#limit) return false;
      this.#onLine(line);
      start = end + 1;
    }
    this.#parts.push(chunk.slice(start));
    this.#held += chunk.length - start;
    return this.#held <= this.#limit;
  }
}
