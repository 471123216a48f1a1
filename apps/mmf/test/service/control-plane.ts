import { completeDraft, type Json, type Loa, newSalt } from "@sigil/canon";
import { actionRow, decide, HOST_CALLS, type TrustResult } from "@sigil/policy";
import { createLogger, createService, loadConfig, peerClient, type Running, serve } from "@sigil/service";
import { mintGrant, ProblemError, type RunRequest, type RunResponse, type ServiceClient } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import type { TestHome } from "./home.ts";

type Answer = (call: string, args: Json, seq: number) => Json | Promise<Json>;

/**
 * SigilDERG's half of the wire: orders runs as it does, with its envelope and a grant, and answers host calls on a real
 * port. What a host call answers is each test's to say; that the real one decides is the end-to-end tests' to show.
 */
export class ControlPlane {
  answer: Answer = () => ({});
  readonly #home: TestHome;
  readonly #running: Running;
  #client: ServiceClient | undefined;

  private constructor(home: TestHome, running: Running) {
    this.#home = home;
    this.#running = running;
  }

  static async start(home: TestHome): Promise<ControlPlane> {
    const { config } = loadConfig({ home: home.home, env: {} });
    const service = createService({
      name: "sigilderg",
      version: "0.0.0",
      config,
      keys: { ...home.sigilderg, registry: home.registry },
      logger: createLogger({ service: "sigilderg", level: "silent" }),
      readiness: () => ({ ready: true, reasons: [] }),
    });
    let self: ControlPlane | undefined;
    service.route("sigilderg POST /v1/host/:call", async ({ params, body }) => {
      if (self === undefined) throw new ProblemError("service-not-ready", "not yet");
      return { json: { result: await self.answer(params.call, body.args, body.seq) } };
    });
    const whole = { ...service, assertComplete: () => {} };
    const running = await serve({ service: whole, host: "127.0.0.1", port: 0, signals: false });
    self = new ControlPlane(home, running);
    return self;
  }

  get url(): string {
    return this.#running.address;
  }

  client(mmfUrl: string): ServiceClient {
    const { config } = loadConfig({ home: this.#home.home, env: {}, flags: [`mmf.url=${mmfUrl}`] });
    const keys = { ...this.#home.sigilderg, registry: this.#home.registry };
    this.#client ??= peerClient({ self: "sigilderg", peer: "mmf", config, keys });
    return this.#client;
  }

  /** Orders a run. `changes` alter the order, `grants` the grant. */
  async run(
    mmfUrl: string,
    module: { id: string; digest: string; capabilities: { name: string; scope: { [k: string]: Json } }[] },
    input: Json,
    options: { loa?: Loa; changes?: Partial<RunRequest>; grants?: object; signal?: AbortSignal } = {},
  ): Promise<{ order: RunRequest; answer: RunResponse }> {
    const order = { ...orderOf(module, input, options.loa ?? "Operator"), ...options.changes };
    const iat = Math.floor(Date.now() / 1000);
    const grant = mintGrant(
      {
        v: 1,
        run: order.run,
        decision: order.decision,
        principal: order.principal,
        jti: "licence",
        loa: order.loa,
        moduleDigest: order.digest,
        capabilities: module.capabilities,
        levels: Object.fromEntries(HOST_CALLS.map(({ action }) => [action, actionRow(action).least])),
        quotas: { cpuMs: 30_000, wallMs: 60_000, memoryBytes: 1 << 28, hostCalls: 64 },
        hkid: this.#home.mmf.service.kid,
        iat,
        exp: iat + 60,
        ...options.grants,
      },
      this.#home.sigilderg.service,
    );
    const { principal, loa, decision, run } = order;
    const answer = await this.client(mmfUrl).call("mmf POST /v1/runs", {
      body: order,
      grant,
      ctx: { principal, loa, decision, run },
      signal: options.signal,
    });
    return { order, answer };
  }

  async stop(): Promise<void> {
    await this.#client?.close();
    await this.#running.stop();
  }
}

function orderOf(module: { id: string; digest: string }, input: Json, loa: Loa): RunRequest {
  const run = uuidv7();
  const decision = uuidv7();
  const startedAt = new Date().toISOString();
  const principal = "ada";
  const draft = {
    id: uuidv7(),
    kind: "run.input" as const,
    space: "user" as const,
    stream: `run/${run}`,
    loa,
    author: { principal, loa, module: module.id, run, decision },
    links: [],
    salt: newSalt(),
    payload: { module: module.id, digest: module.digest, input },
  };
  return {
    run,
    module: module.id,
    digest: module.digest,
    input,
    inputRecord: completeDraft(draft, { seq: 0, prev: null, ts: startedAt }),
    principal,
    loa,
    session: "session-1",
    trust: trustAt(loa),
    decision,
    parents: [],
    startedAt,
  };
}

/** The trust that a fresh, clean caller of this level has for running a module. */
export function trustAt(loa: Loa): TrustResult | null {
  const licence = { jti: "licence", serial: 1, scope: ["*"] };
  const caller = { principal: "ada", loa, licence };
  return decide("module.run", caller, { mode: "solo" }, new Date().toISOString()).trust;
}
