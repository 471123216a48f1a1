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

/** pino's number of `warn`: what is at least that bad does not wait. */
const WARN = 40;

/**
 * JSON lines on stdout (or `destination`): time as RFC 3339, the service's name, and never a secret: values under
 * known names are replaced, errors are reduced to code, message and stack. On stdout lines below `warn` wait up to
 * 100 ms for one write together, in their order; a warning, an end of the process or 8 KiB write what waits. Lines are
 * handed to the operating system, which keeps them when this process dies; no request waits until a disk has them.
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

function bufferedStdout(): DestinationStream & { readonly flush: () => void } {
  // Its own buffer is measured anew with every line, and its `flushSync` waits for the disk, with every request.
  const stdout = pino.destination({ fd: 1, sync: true });
  let waiting = "";
  const flush = () => {
    const text = waiting;
    waiting = "";
    if (text !== "") stdout.write(text);
  };
  setInterval(flush, BUFFER_MS).unref();
  process.on("exit", () => {
    flush();
    stdout.flushSync();
  });
  return {
    flush,
    write(line) {
      waiting += line;
      if (waiting.length >= BUFFER_BYTES) flush();
    },
  };
}
