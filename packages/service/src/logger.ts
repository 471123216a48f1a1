import { writeSync } from "node:fs";
import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Names under which a secret could stand in a log object, at the top and one level down. */
const SECRETS = [
  "authorization",
  "cookie",
  "licence",
  "token",
  "secret",
  "passphrase",
  "grant",
  "envelope",
  "body",
];

/** Bytes of lines that may wait to be written, and how long, in milliseconds. */
const BUFFER_BYTES = 32_768;
const BUFFER_MS = 100;

/** Bytes of lines that are kept for a disk that takes none; what comes beyond is lost, and counted. */
const KEPT_BYTES = 1024 * 1024;

/** pino's number of `warn`: what is at least that bad does not wait. */
const WARN = 40;

/**
 * JSON lines on stdout (or `destination`): time as RFC 3339, the service's name, and never a secret: values under
 * known names are replaced, errors are reduced to code, message and stack. On stdout lines below `warn` wait up to
 * 100 ms for one write together, in their order; a warning, an end of the process or 32 KiB write what waits. Lines are
 * handed to the operating system, which keeps them when this process dies; no request waits until a disk has them. A disk
 * that is full ends nothing: the last 1 MiB of lines waits for room, and the first line after it says how many were lost.
 */
export function createLogger(options: {
  service: string;
  level: string;
  destination?: DestinationStream;
}): Logger {
  const { destination = bufferedStdout() } = options;
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: written,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
      hooks: {
        logMethod(args, method, level) {
          method.apply(this, args);
          if (level >= WARN && "flush" in destination) (destination.flush as () => void)();
        },
      },
    },
    destination,
  );
}

/** A logger for lines whose every value is known to be harmless: no search for secrets, which costs more than the rest of them. */
export function plainLogger(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
}

/** What the line of a request says. Every value is known to be harmless: none of it is the caller's text. */
export interface RequestLine {
  readonly requestId: string;
  readonly traceId: string;
  readonly route: string;
  readonly method: string;
  readonly status: number;
  /** Milliseconds that the answer took. */
  readonly ms: number;
  readonly decision: string | undefined;
  readonly code: string | undefined;
}

/**
 * Writes the one line of each request: as the logger would at `info`, without its search for secrets and its copies, which
 * cost more than everything else that is written for a request.
 */
export function requestLines(logger: Logger): (line: RequestLine) => void {
  const stream = (logger as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym];
  const bound = (logger as unknown as Record<symbol, string>)[pino.symbols.chindingsSym];
  if (stream === undefined || bound === undefined) throw new Error("the logger is not pino's");
  return ({ requestId, traceId, route, method, status, ms, decision, code }) => {
    if (!logger.isLevelEnabled("info")) return;
    const named = `"requestId":"${requestId}","traceId":"${traceId}","route":"${route}","method":"${method}"`;
    const rest = `${decision === undefined ? "" : `,"decision":"${decision}"`}${code === undefined ? "" : `,"code":"${code}"`}`;
    stream.write(
      `{"level":30${written()}${bound},${named},"status":${status},"ms":${ms}${rest},"msg":"request"}\n`,
    );
  };
}

// Writing a moment costs ten times reading it, and a busy service writes several lines within one millisecond.
let moment = { ms: Number.NaN, text: "" };

function written(): string {
  const ms = Date.now();
  if (ms !== moment.ms) moment = { ms, text: `,"time":"${new Date(ms).toISOString()}"` };
  return moment.text;
}

/** How often a descriptor that takes nothing just now is asked again before the line waits, and for how long, in milliseconds. */
const TRIES = 20;
const TRY_MS = 5;

// pino's own destination measures its buffer anew with every line, waits for the disk when it is flushed, and is ended by a disk
// that is full.
function bufferedStdout(): DestinationStream & { readonly flush: () => void } {
  const stdout = new Patient(1);
  let waiting = "";
  const flush = () => {
    const text = waiting;
    waiting = "";
    if (text !== "" || stdout.owes) stdout.write(text);
  };
  setInterval(flush, BUFFER_MS).unref();
  process.on("exit", flush);
  return {
    flush,
    write(line) {
      waiting += line;
      if (waiting.length >= BUFFER_BYTES) flush();
    },
  };
}

/** Writes lines to a descriptor, and keeps those that it does not take, up to {@link KEPT_BYTES}. Never throws. */
class Patient {
  readonly #fd: number;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #kept: Buffer = Buffer.alloc(0);
  #lost = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether something waits, or has still to be said to be lost. */
  get owes(): boolean {
    return this.#kept.length > 0 || this.#lost > 0;
  }

  /** `text` is whole lines. */
  write(text: string): void {
    if (this.#kept.length > 0) this.#kept = this.#take(this.#kept);
    if (this.#kept.length === 0 && this.#lost > 0) this.#kept = this.#take(this.#account());
    const lines = Buffer.from(text);
    if (this.#kept.length === 0) this.#kept = this.#take(lines);
    // Once a line is lost the next ones are too, so that there is one gap, and it is said where it is.
    else if (this.#lost === 0 && this.#kept.length + lines.length <= KEPT_BYTES)
      this.#kept = Buffer.concat([this.#kept, lines]);
    else this.#lost += text.split("\n").length - 1;
  }

  #account(): Buffer {
    const line = {
      level: WARN,
      time: new Date().toISOString(),
      lines: this.#lost,
      msg: "log lines were lost",
    };
    this.#lost = 0;
    return Buffer.from(`${JSON.stringify(line)}\n`);
  }

  /** What the descriptor has not taken. */
  #take(bytes: Buffer): Buffer {
    let at = 0;
    for (let tries = 0; at < bytes.length && tries < TRIES; ) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        // A pipe that nobody reads fast enough; a disk that is full is asked with the next lines.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") break;
        tries += 1;
        Atomics.wait(this.#sleeper, 0, 0, TRY_MS);
      }
    }
    return bytes.subarray(at);
  }
}
