import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Result } from "../domain/command.ts";
import type { Progress } from "../domain/needs.ts";
import { barLine } from "../domain/progress.ts";
import { errorJson, errorLines, type Shown } from "../domain/render.ts";
import { printable, styleFor } from "../domain/style.ts";

const QUIET_MS = 1000;
const REPEAT_MS = 5000;

/** What commands print on, and how a person is kept informed. */
export interface Screen {
  /** A result without a JSON value prints nothing with --json: all there was has been printed as it came. */
  readonly emit: (result: Result) => void;
  readonly emitLine: (result: Result) => void;
  readonly tell: (lines: Result["text"]) => void;
  readonly progress: (at: Progress) => void;
  readonly say: (line: string) => void;
  readonly warn: (lines: readonly string[]) => void;
  readonly stdin: () => Promise<string>;
  /** What a person types unseen; undefined where nobody sits at a terminal. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** What a person answers to a question; undefined where nobody sits at a terminal, and with --json. */
  readonly answer: (question: string) => Promise<string | undefined>;
  /** Shows what is under way once it has taken a second. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
  /** Prints an error and answers its exit code. */
  readonly fail: (error: Shown) => number;
}

/** Results go to standard output, everything about them to standard error: a pipe never carries a progress line. */
export function terminal(json: boolean): Screen {
  const out = styleFor(process.stdout.isTTY === true, process.env);
  const err = styleFor(process.stderr.isTTY === true, process.env);
  let current = "working";
  let fresh = false;
  const bar = progressBar(process.stderr, process.env);
  const print = (lines: readonly string[]) => {
    // What was under way is over once its result is shown.
    fresh = false;
    bar.clear();
    if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
  };
  // A reader that closes early (head, less) is not an error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode);
    throw error;
  });
  return {
    emit(result) {
      if (!json) print(result.text(out));
      else if (result.json !== undefined) print([JSON.stringify(result.json, null, 2)]);
    },
    emitLine: (result) => print(json ? [JSON.stringify(result.json)] : result.text(out)),
    tell: (lines) => {
      if (!json) print(lines(out));
    },
    progress(at) {
      if (bar.draw(at)) return;
      current = `${at.done}${at.total === undefined ? "" : ` of ${at.total}`} ${at.what}`;
      fresh = true;
    },
    say(line) {
      current = line;
      fresh = true;
    },
    warn(lines) {
      bar.clear();
      for (const line of lines) process.stderr.write(`${err.warn(printable(line))}\n`);
    },
    async stdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
    // What would be drawn of a passphrase goes nowhere, and the terminal echoes nothing while a line is edited here.
    ask: (question) => typed(question, new Writable({ write: (_chunk, _encoding, done) => done() })),
    answer: async (question) => (json ? undefined : (await typed(question, process.stderr))?.trim()),
    async during(work) {
      let shownAt = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        if (now - shownAt < (fresh ? QUIET_MS : REPEAT_MS)) return;
        if (!fresh) return;
        shownAt = now;
        fresh = false;
        process.stderr.write(`${err.dim(`… ${current}`)}\n`);
      }, 250);
      try {
        return await work;
      } finally {
        clearInterval(timer);
        bar.clear();
      }
    },
    fail(error) {
      if (json) print([JSON.stringify(errorJson(error), null, 2)]);
      process.stderr.write(`${errorLines(error, err).join("\n")}\n`);
      return error.exit;
    },
  };
}

/** A line that a person types; undefined where nobody sits at a terminal, or when they leave. */
async function typed(question: string, echo: NodeJS.WritableStream): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const shown = echo === process.stderr;
  if (!shown) process.stderr.write(question);
  const line = createInterface({ input: process.stdin, output: echo, terminal: true });
  // While it edits, the terminal makes no signal of Ctrl-C. The line ends when the command has seen it, and so as interrupted.
  line.on("SIGINT", () => {
    process.once("SIGINT", () => line.close());
    process.kill(process.pid, "SIGINT");
  });
  const left = new Promise<undefined>((resolve) => line.once("close", () => resolve(undefined)));
  try {
    return await Promise.race([line.question(shown ? question : ""), left]);
  } finally {
    line.close();
    if (!shown) process.stderr.write("\n");
  }
}

const REDRAW_MS = 100;

/** One line of a terminal that is drawn again and again; nowhere else, and not where a terminal cannot go back. */
function progressBar(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
  const able = out.isTTY === true && env.TERM !== "dumb";
  let drawnAt = 0;
  let drawn = false;
  return {
    /** Whether it was shown, or will be. */
    draw(at: Progress): boolean {
      if (!able) return false;
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS) return true;
      drawnAt = now;
      drawn = true;
      out.write(`\r\u001b[2K${barLine(at, out.columns || 80)}`);
      return true;
    },
    clear() {
      if (drawn) out.write("\r\u001b[2K");
      drawn = false;
    },
  };
}
