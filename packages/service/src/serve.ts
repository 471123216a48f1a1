import { createServer, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { ServiceError } from "./error.ts";
import { isLoopback } from "./http/hosts.ts";
import type { Service } from "./http/service.ts";
import { endWith } from "./http/unreadable.ts";

/** A whole head, a whole request, and how often both are looked at. */
const TIMEOUTS = { headersMs: 20_000, requestMs: 60_000, checkMs: 5_000 };

export interface ServeOptions {
  readonly service: Pick<
    Service<never>,
    "app" | "assertComplete" | "direct" | "drain" | "instance" | "logger" | "name" | "unreadable"
  >;
  readonly host: string;
  readonly port: number;
  /** Connections at the same time, 512; further ones are closed before a byte is read. */
  readonly maxConnections?: number;
  /** How long a caller may take; a caller that takes longer is answered 408 and cut off. Milliseconds. */
  readonly timeouts?: typeof TIMEOUTS | undefined;
  /** Runs after the last answer and before the process ends: close the store, the clients, the runners. */
  readonly onStop?: () => Promise<void> | void;
  /** Milliseconds that running requests get when the service stops; 10 000. */
  readonly drainMs?: number;
  /** Stop on SIGTERM and SIGINT, and end the process with 0; true. */
  readonly signals?: boolean;
  /**
   * A stream that stays open for as long as the process that started this one lives, such as standard input as a pipe. Its
   * end stops the service as SIGTERM does: whoever would have stopped it is gone, however it went.
   */
  readonly lifeline?: NodeJS.ReadStream | undefined;
}

export interface Running {
  /** `http://<host>:<port>` as it is bound. */
  readonly address: string;
  readonly port: number;
  /** Stops listening, lets running requests finish within the deadline, then runs `onStop`. Idempotent. */
  readonly stop: () => Promise<void>;
}

/**
 * Listens, and prints the `ready` log line (`address`, `instance`) when it does. Refuses to start with a hole in
 * the route table. Throws `route-unhandled`, `port-busy`, `port-forbidden`, `address-unavailable`.
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { service, host } = options;
  service.assertComplete();
  const { headersMs, requestMs, checkMs } = options.timeouts ?? TIMEOUTS;
  const routed = getRequestListener(service.app.fetch, {
    errorHandler: (error) => {
      const { body, ...head } = service.unreadable(error);
      return new Response(body, head);
    },
  });
  const server = createServer(
    {
      keepAliveTimeout: 65_000,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: 16_384,
    },
    (incoming, outgoing) => {
      if (!service.direct.answer(incoming, outgoing)) void routed(incoming, outgoing);
    },
  );
  refuseWhatIsNoRequest(server, service);
  server.maxConnections = options.maxConnections ?? 512;
  const port = await listen(server, host, options.port, service.name);
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const stop = once(() => drain(server, options));
  if (options.signals !== false) stopOnSignal(stop, service.logger);
  if (options.lifeline !== undefined) stopWithParent(options.lifeline, stop, service.logger);
  if (!isLoopback(host)) {
    service.logger.warn(
      { address },
      "listening beyond loopback: every machine that reaches this address can try the door",
    );
  }
  service.logger.info({ address, instance: service.instance }, "ready");
  return { address, port, stop };
}

/** Bytes that Node makes no request of get a problem, unless they come in the middle of another answer. */
function refuseWhatIsNoRequest(server: Server, service: ServeOptions["service"]): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on("request", ({ socket }, answer) => answers.set(socket, answer));
  server.on("clientError", (error, socket) => {
    const answer = answers.get(socket);
    const within = answer?.headersSent === true && !answer.writableFinished;
    if (!socket.writable || within) socket.destroy(error);
    else endWith(socket, service.unreadable(error));
  });
}

const LISTEN_ERRORS: Record<string, (where: string, name: string) => ServiceError> = {
  EADDRINUSE: (where, name) =>
    new ServiceError(
      "port-busy",
      `${where} is taken by another process`,
      `Stop that process, or give ${name} another port: --set ${name.replace("-", "_")}.port=<port>, or in sigil.toml.`,
    ),
  EACCES: (where) =>
    new ServiceError("port-forbidden", `this user may not listen on ${where}`, "Use a port above 1023."),
  EADDRNOTAVAIL: (where) =>
    new ServiceError(
      "address-unavailable",
      `${where} is not an address of this machine`,
      "Correct host in sigil.toml.",
    ),
  ENOTFOUND: (where) =>
    new ServiceError("address-unavailable", `${where} cannot be resolved`, "Correct host in sigil.toml."),
};

function listen(server: Server, host: string, port: number, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const named = LISTEN_ERRORS[cause.code ?? ""];
      reject(named === undefined ? cause : named(`${host}:${port}`, name));
    });
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
  });
}

async function drain(server: Server, options: ServeOptions): Promise<void> {
  const { logger } = options.service;
  options.service.drain();
  logger.info("draining");
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => {
    logger.warn(
      { drainMs: options.drainMs ?? 10_000 },
      "drain deadline passed: closing the remaining connections",
    );
    server.closeAllConnections();
  }, options.drainMs ?? 10_000);
  await closed;
  clearTimeout(deadline);
  await options.onStop?.();
  logger.info("stopped");
}

function stopOnSignal(stop: () => Promise<void>, logger: Service["logger"]): void {
  const onSignal = () => end(stop, logger);
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

function stopWithParent(lifeline: NodeJS.ReadStream, stop: () => Promise<void>, logger: Service["logger"]) {
  const onEnd = () => {
    logger.warn("the process that started this service is gone");
    end(stop, logger);
  };
  lifeline.once("end", onEnd).once("error", onEnd).resume();
}

function end(stop: () => Promise<void>, logger: Service["logger"]): void {
  stop().then(
    () => {
      process.exitCode = 0;
      // A handle that somebody forgot must not keep a stopped service alive.
      setTimeout(() => process.exit(), 250).unref();
    },
    (err: unknown) => {
      logger.fatal({ err }, "stopping failed");
      process.exit(70);
    },
  );
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}
