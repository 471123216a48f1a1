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
const BUFFER_BYTES = 8_192;
const BUFFER_MS = 100;

/** Bytes of lines that are kept for a disk that takes none; what comes beyond is lost, and counted. */
const KEPT_BYTES = 1024 * 1024;

/** pino's number of `warn`: what is at least that bad does not wait. */
const WARN = 40;

/**
 * JSON lines on stdout (or `destination`): time as RFC 3339, the service's name, and never a secret: values under
 * known names are replaced, errors are reduced to code, message and stack. On stdout lines below `warn` wait up to
 * 100 ms for one write together, in their order; a warning, an end of the process or 8 KiB write what waits. Lines are
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
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
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

/**
 * A logger for lines whose every value is known to be harmless: no search for secrets, which costs more than the rest of a
 * line that is written for each request.
 */
export function plainLogger(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
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
