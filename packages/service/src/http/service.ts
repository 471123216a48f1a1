import type { ChannelKey } from "@sigil/crypto";
import { randomBytes, toBase64url } from "@sigil/crypto";
import { actionRow, PolicyError, policyDigest } from "@sigil/policy";
import {
  EnvelopeVerifier,
  type KeyRegistry,
  type ProblemCode,
  ProblemError,
  type Readiness,
  ROUTES,
  type RouteId,
  type RouteRow,
  routeId,
  type ServiceName,
} from "@sigil/wire";
import { type Context, Hono } from "hono";
import { type Config, serviceSection } from "../config/index.ts";
import { ServiceError } from "../error.ts";
import { type KeyRegistryFile, peersOf } from "../keys/registry.ts";
import { type Logger, plainLogger, requestLines } from "../logger.ts";
import { chargedAddress } from "./address.ts";
import { AnswerSeals } from "./answers.ts";
import { type Bindings, routed } from "./connection.ts";
import { DirectRoutes } from "./direct.ts";
import { Exchange, type ExchangeParts } from "./exchange.ts";
import type { Admission, AnyHandler, Handler } from "./handler.ts";
import { Limiter } from "./limiter.ts";
import { ServiceMetrics } from "./metrics.ts";
import { type Unreadable, unreadable } from "./unreadable.ts";

export interface ServiceOptions<A> {
  readonly name: ServiceName;
  readonly version: string;
  readonly config: Config;
  readonly keys: { readonly channel: ChannelKey; readonly registry: KeyRegistryFile };
  readonly logger: Logger;
  /** Whether the service can do its work now, and every reason why not. */
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Digest of the action table in force, for /version; the built-in one where no other can come into force. */
  readonly policy?: () => string;
  /**
   * Establishes the caller of a licensed route, before its body is read. What it returns is `request.admitted`;
   * a throw is the answer. Without it, licensed routes cannot be registered.
   */
  readonly admit?: (request: Admission) => A | Promise<A>;
  /** Runs the whole answer to a request; for what belongs to it wherever it is asked. */
  readonly around?: <T>(request: Pick<Admission, "requestId" | "trace">, answer: () => T) => T;
  /**
   * Told, before the answer leaves, that an admitted request was refused for its body, query or path and no handler saw
   * it; a throw is the answer instead. Resolves with the decision that this left behind, which the answer then names.
   */
  readonly unserved?: (admitted: A, code: ProblemCode) => Promise<string | undefined>;
  /** Keys of callers that may seal requests to licensed routes, beside those of the services. */
  readonly clients?: KeyRegistry;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A Sigil service before it listens. */
export interface Service<A = undefined> {
  readonly name: ServiceName;
  readonly app: Hono<Bindings>;
  /** Answers a request to a plain path at once; any other request is `app`'s. */
  readonly direct: Pick<DirectRoutes, "answer">;
  /** Drawn at each start; the audience of every envelope. */
  readonly instance: string;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
  /** The answer to bytes that never became a request, or to a failure outside of every exchange. */
  readonly unreadable: (error: unknown) => Unreadable;
  /** Registers the handler of one row of ROUTES. Throws `route-unmapped`, `route-duplicate`, `action-unmapped`. */
  readonly route: <I extends RouteId>(id: I, handler: Handler<I, A>) => Service<A>;
  /** Throws `route-unhandled` when a row of this service has no handler: a service with a hole does not start. */
  readonly assertComplete: () => void;
  /** From now on every new request is answered `service-draining`, and `stopping` is aborted. */
  readonly drain: () => void;
  /** Ends what would go on for as long as its caller stays. */
  readonly stopping: AbortSignal;
}

/**
 * What every Sigil service is: the health routes, the challenge, metrics behind SigilDERG's envelope (SigilDERG's
 * own are its app's to register), and one path for every request, see `Exchange`.
 */
export function createService<A = undefined>(options: ServiceOptions<A>): Service<A> {
  const { name, config, logger } = options;
  const app = new Hono<Bindings>();
  const instance = toBase64url(randomBytes(16));
  const metrics = new ServiceMetrics(name);
  const peers = peersOf(options.keys.registry);
  const seals = new AnswerSeals(options.keys.channel, peers);
  const now = options.now ?? Date.now;
  const state = { draining: false, open: 0 };
  const stopping = new AbortController();
  const parts: ExchangeParts = {
    config: { allowedHosts: serviceSection(config, name).allowed_hosts, maxBytes: bodyLimit(config, name) },
    ...{ metrics, logger, seals, state },
    limitAddress: name === "sigilderg" ? addressLimit(config, now) : undefined,
    lines: plainLogger(logger),
    line: requestLines(logger),
    around: options.around ?? ((_request, answer) => answer()),
    admit: options.admit,
    unserved: options.unserved as ExchangeParts["unserved"],
    verifier: new EnvelopeVerifier({
      service: name,
      instance,
      registry: (kid) => peers.byKid(kid) ?? options.clients?.(kid),
      now,
    }),
  };
  const handled = new Set<string>();
  const methods = new Map<string, Set<string>>();

  const direct = new DirectRoutes(parts);
  const exchange = async (c: Context<Bindings>, row: RouteRow | undefined, handler: AnyHandler) => {
    const { body, ...head } = await new Exchange(parts, routed(c), row).run(handler);
    return new Response(body, head);
  };

  const register = (row: RouteRow, handler: AnyHandler): void => {
    handled.add(routeId(row));
    app.on(row.method, row.path, (c) => exchange(c, row, handler));
    direct.add(row, handler);
    methods.set(row.path, (methods.get(row.path) ?? new Set()).add(row.method));
  };

  const service: Service<A> = {
    ...{ name, app, direct, instance, metrics, logger },
    unreadable: (error) => unreadable({ metrics, logger }, error),
    stopping: stopping.signal,
    route(id, handler) {
      register(checkedRow(name, id, handled, options.admit !== undefined), handler as unknown as AnyHandler);
      return service;
    },
    assertComplete() {
      const missing = ROUTES.filter((row) => row.service === name && !handled.has(routeId(row))).map(routeId);
      if (missing.length > 0) {
        throw new ServiceError(
          "route-unhandled",
          `${missing.length} routes of ${name} have no handler: ${missing.join("; ")}`,
          "Register each of them, or remove its row from ROUTES.",
        );
      }
      // A path without parameters first: what it allows is not what a parameter in the same place allows.
      const literalFirst = [...methods].sort(([a], [b]) => Number(a.includes(":")) - Number(b.includes(":")));
      for (const [path, known] of literalFirst) {
        app.all(path, (c) =>
          exchange(c, undefined, () => {
            throw new ProblemError("method-not-allowed", `this route answers ${[...known].join(", ")}`, {
              missing: [...known],
            });
          }),
        );
      }
    },
    drain() {
      state.draining = true;
      stopping.abort();
    },
  };

  app.notFound((c) =>
    exchange(c, undefined, () => {
      throw new ProblemError("route-unknown", `${name} has no such route`);
    }),
  );
  registerBuiltIn(service, options, state);
  return service;
}

/** The row of an id. A row of another service or without an action is a hole in the gate, and refused. */
function checkedRow(name: ServiceName, id: string, handled: ReadonlySet<string>, admits: boolean): RouteRow {
  const row = (ROUTES as readonly RouteRow[]).find((candidate) => routeId(candidate) === id);
  if (row === undefined || row.service !== name) {
    throw new ServiceError(
      "route-unmapped",
      `${id} is not a row of ROUTES for ${name}`,
      "Add the row, with its action, to packages/wire.",
    );
  }
  if (handled.has(id))
    throw new ServiceError("route-duplicate", `${id} has a handler already`, "Register each route once.");
  if (row.auth === "licence" && !admits) {
    throw new ServiceError(
      "route-unmapped",
      `${id} needs a licence and ${name} admits nobody`,
      "Pass admit to createService.",
    );
  }
  try {
    actionRow(row.action);
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause;
    throw new ServiceError(
      "action-unmapped",
      `${id} maps to ${row.action}, which has no row in the action table`,
      "Add the action to packages/policy, or correct the route's row.",
      { cause },
    );
  }
  return row;
}

function addressLimit({ sigilderg }: Config, now: () => number): ExchangeParts["limitAddress"] {
  const limiter = new Limiter({ policy: "address", quota: sigilderg.rate_address });
  return (socket, forwarded) =>
    limiter.take(chargedAddress(socket, forwarded, sigilderg.trusted_proxies), now());
}

function bodyLimit(config: Config, name: ServiceName): number {
  return name === "sigilderg" ? config.sigilderg.max_body_bytes : Number.POSITIVE_INFINITY;
}

type Health = {
  readonly [P in "/healthz" | "/readyz" | "/version" | "/.well-known/sigil-instance"]: `sigilderg GET ${P}`;
};

/** Health, readiness, version and challenge of every service, and the metrics of the inner ones. */
function registerBuiltIn<A>(
  service: Service<A>,
  options: ServiceOptions<A>,
  state: { draining: boolean },
): void {
  const { name } = options;
  // The rows of the three services are the same for these paths; the type of one stands for all.
  const id = <P extends keyof Health>(path: P) => `${name} GET ${path}` as Health[P];
  service.route(id("/healthz"), () => ({ json: { status: "ok", service: name } }));
  service.route(id("/readyz"), async () => {
    const found = await options.readiness();
    const json = state.draining
      ? {
          ready: false,
          reasons: [{ code: "service-draining", detail: "the service is stopping" }, ...found.reasons],
        }
      : found;
    return json.ready ? { json } : { json, status: 503, headers: { "retry-after": "1" } };
  });
  service.route(id("/version"), () => ({
    json: {
      service: name,
      version: options.version,
      node: process.version,
      policy: (options.policy ?? policyDigest)(),
    },
  }));
  // The exchange has read the challenge and seals the answer for who asked.
  service.route(id("/.well-known/sigil-instance"), () => ({
    json: { service: name, instance: service.instance },
  }));
  if (name !== "sigilderg") service.route(`${name} GET /metrics`, () => service.metrics.expose());
}
