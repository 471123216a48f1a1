import { Writable } from "node:stream";
import { channelKey, generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { ROUTES, type RouteId, type RouteRow, routeId, ServiceClient } from "@sigil/wire";
import { afterEach } from "vitest";
import { loadConfig } from "../src/config/index.ts";
import type { Handler } from "../src/http/handler.ts";
import { createService, type Service, type ServiceOptions } from "../src/http/service.ts";
import type { KeyRegistryFile } from "../src/keys/registry.ts";
import { createLogger } from "../src/logger.ts";
import { type Running, type ServeOptions, serve } from "../src/serve.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
/** Runs after the test, last registered first. */
export function atEnd(close: () => unknown): void {
  closers.push(close);
}

const owner = () => ({ service: signingKey(generateSeed()), channel: channelKey(generateSeed()) });
/** The keys of one installation, made once. */
export const OWNERS = { sigilderg: owner(), mmf: owner(), "codex-nexus": owner() };

export const REGISTRY: KeyRegistryFile = {
  v: 1,
  type: "sigil-key-registry",
  runtimeId: "test-runtime",
  origin: "sigil.local/log/test-runtime",
  keys: Object.entries(OWNERS).flatMap(([service, keys]) => [
    entry(service, "channel", keys.channel.kid, keys.channel.publicRaw),
    ...(service === "codex-nexus"
      ? []
      : [entry(service, "service", keys.service.kid, keys.service.publicKey.raw)]),
  ]),
};

function entry(service: string, purpose: string, kid: string, raw: Uint8Array) {
  return { service, purpose, kid, publicKey: toBase64url(raw) } as KeyRegistryFile["keys"][number];
}

/** A logger whose lines a test can read. */
export function recordingLogger(level = "debug") {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _, done) {
      for (const line of String(chunk).trim().split("\n")) lines.push(JSON.parse(line));
      done();
    },
  });
  return { logger: createLogger({ service: "test", level, destination }), lines };
}

export const CONFIG = loadConfig({ home: "/tmp/none", env: {} }).config;

export interface Scene {
  readonly service: Service<string>;
  readonly lines: Record<string, unknown>[];
  /** Bodies that reached a handler. */
  readonly reached: unknown[];
}

/** A service with a handler for every row: `handlers` are the test's own, the others answer `not-found`. */
export function newService(
  name: "sigilderg" | "mmf" | "codex-nexus",
  handlers: { [I in RouteId]?: Handler<I, string> } = {},
  options: Partial<ServiceOptions<string>> = {},
): Scene {
  const { logger, lines } = recordingLogger();
  const reached: unknown[] = [];
  const service = createService<string>({
    name,
    version: "0.1.0",
    config: CONFIG,
    keys: { channel: OWNERS[name].channel, registry: REGISTRY },
    logger,
    readiness: () => ({ ready: true, reasons: [] }),
    admit: ({ header }) => header("authorization") ?? "nobody",
    ...options,
  });
  const builtIn = new Set(["/healthz", "/readyz", "/version", "/.well-known/sigil-instance"]);
  for (const row of ROUTES as readonly RouteRow[]) {
    if (row.service !== name || builtIn.has(row.path) || (row.path === "/metrics" && name !== "sigilderg"))
      continue;
    const id = routeId(row);
    const own = handlers[id] as Handler<typeof id, string> | undefined;
    service.route(id, (request) => {
      reached.push((request as { body: unknown }).body);
      return own === undefined ? { json: {} as never } : own(request as never);
    });
  }
  return { service, lines, reached };
}

/** Listens on a free port of 127.0.0.1, or on the given one. */
export async function running(
  service: Service<string>,
  port = 0,
  timeouts?: ServeOptions["timeouts"],
): Promise<Running> {
  const started = await serve({
    service: service as never,
    host: "127.0.0.1",
    port,
    signals: false,
    drainMs: 1_000,
    timeouts,
  });
  atEnd(started.stop);
  return started;
}

/** SigilDERG's (or MMF's) client of a service at an address. */
export function clientFor(
  address: string,
  service: "codex-nexus" | "mmf" | "sigilderg" = "codex-nexus",
  self: "sigilderg" | "mmf" = "sigilderg",
  connections = 2,
): ServiceClient {
  const client = new ServiceClient({
    baseUrl: address,
    service,
    key: OWNERS[self].service,
    iss: self,
    channel: OWNERS[self].channel,
    peerChannel: OWNERS[service].channel.publicRaw,
    connections,
  });
  atEnd(() => client.close());
  return client;
}
