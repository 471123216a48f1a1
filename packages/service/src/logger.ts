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

/**
 * JSON lines on stdout (or `destination`): time as RFC 3339, the service's name, and never a secret: values under
 * known names are replaced, errors are reduced to code, message and stack.
 */
export function createLogger(options: {
  service: string;
  level: string;
  destination?: DestinationStream;
}): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
