import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordDraft, TrustFile } from "@sigil/canon";
import { utf8 } from "@sigil/crypto";
import type { LicenceClaims } from "@sigil/policy";
import { loadConfigFile, peerClient, readServiceKeys } from "@sigil/service";
import type { CapabilityEntry, ServiceClient } from "@sigil/wire";
import { sealPackage, verifyPackage, writePackageFolder } from "@sigil/wire/module-package";
import { Home, licenceDraft, PUBLISHER, type Registration } from "./home.ts";
import { freePort } from "./ports.ts";
import { type How, type RunningService, runService, serveApp } from "./processes.ts";

/** A module written for a test: the body of `run(input, ctx)` and what it declares. */
export interface TestModule {
  readonly id: string;
  readonly run: string;
  readonly capabilities: readonly CapabilityEntry[];
  readonly limits?: Readonly<Record<string, number>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly body: any;
}

/** Real services on free ports and a home of their own, as far as a test needs them. */
export class Stack {
  readonly home = new Home();
  readonly #running = new Map<string, RunningService>();
  readonly #modules = mkdtempSync(join(tmpdir(), "sigilderg-modules-"));
  readonly #licences = new Map<string, LicenceClaims>();
  #args: string[] = [];
  #trust: TrustFile | undefined;
  url = "";
  ports = { "codex-nexus": 0, mmf: 0, sigilderg: 0 };

  /** Bootstraps a store with licences for `people` and starts `services` in this order. */
  static async start(options: {
    readonly people: Readonly<Record<string, LicenceClaims["loa"]>>;
    readonly services: readonly ("codex-nexus" | "mmf" | "sigilderg")[];
    readonly records?: readonly RecordDraft[];
    readonly modules?: readonly TestModule[];
    /** `section.key=value`. */
    readonly settings?: readonly string[];
  }): Promise<Stack> {
    const stack = new Stack();
    const registered = await Promise.all((options.modules ?? []).map((module) => stack.#install(module)));
    for (const [name, loa] of Object.entries(options.people))
      stack.#licences.set(name, stack.home.claims(name, loa));
    const drafts = [...stack.#licences.values()].map(licenceDraft);
    const input = stack.home.bootstrapInput([...drafts, ...(options.records ?? [])], registered);
    const printed = await runService("codex-nexus", ["bootstrap", "--home", stack.home.path], input);
    stack.#trust = stack.home.pin((JSON.parse(printed) as { genesisHash: string }).genesisHash);
    const [codex, mmf, derg] = [await freePort(), await freePort(), await freePort()];
    stack.ports = { "codex-nexus": codex, mmf, sigilderg: derg };
    const settings = [
      `codex_nexus.port=${codex}`,
      `mmf.port=${mmf}`,
      `sigilderg.port=${derg}`,
      `mmf.modules_dir=${stack.#modules}`,
      "mmf.runners=1",
      ...(options.settings ?? []),
    ];
    stack.#args = ["--home", stack.home.path, ...settings.flatMap((setting) => ["--set", setting])];
    stack.url = `http://127.0.0.1:${derg}`;
    for (const service of options.services) await stack.serve(service);
    return stack;
  }

  get trust(): TrustFile {
    if (this.#trust === undefined) throw new Error("the store was not bootstrapped");
    return this.#trust;
  }

  /** Starts a service; `settings` are for it alone and win over the stack's. */
  async serve(service: string, settings: readonly string[] = [], how: How = {}): Promise<void> {
    const args = [...this.#args, ...settings.flatMap((setting) => ["--set", setting])];
    this.#running.set(service, await serveApp(service, args, how));
  }

  async stopService(service: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#running.get(service)?.stop(signal);
    this.#running.delete(service);
  }

  /** Halts the process of a service where it stands, or lets it go on: a service that is there and does not answer. */
  signal(service: string, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#running.get(service)?.child.kill(signal);
  }

  /** A client of a service under the control plane's keys. */
  client(peer: "codex-nexus" | "mmf"): ServiceClient {
    const flags = this.#args.filter((arg) => arg.includes("="));
    const { config } = loadConfigFile({ home: this.home.path, env: {}, flags });
    return peerClient({
      self: "sigilderg",
      peer,
      config,
      keys: readServiceKeys(this.home.path, "sigilderg"),
    });
  }

  pid(service: string): number {
    return this.#running.get(service)?.child.pid ?? 0;
  }

  output(service: string): string {
    return this.#running.get(service)?.output() ?? "";
  }

  claimsOf(name: string): LicenceClaims {
    const claims = this.#licences.get(name);
    if (claims === undefined) throw new Error(`no licence for ${name}`);
    return { ...claims, bindings: { runtimeId: this.home.runtimeId, canonFingerprint: this.home.genesis } };
  }

  licence(name: string, changes: Partial<LicenceClaims> = {}): Promise<string> {
    return this.home.sign({ ...this.claimsOf(name), ...changes });
  }

  /** A request with the licence of `name`, or with `authorization` as it is given. */
  async ask(
    method: "GET" | "POST" | "DELETE",
    path: string,
    options: {
      as?: string;
      authorization?: string;
      body?: unknown;
      headers?: Record<string, string>;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<Answer> {
    const authorization =
      options.as === undefined ? options.authorization : `Bearer ${await this.licence(options.as)}`;
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: options.signal ?? null,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  /** Resolves when /readyz is green. */
  async ready(): Promise<void> {
    await this.#readiness((codes) => codes.length === 0);
  }

  /** Resolves when /readyz is red for this reason, and maybe others. */
  async redFor(code: string): Promise<void> {
    await this.names(code);
  }

  /** Resolves when /readyz names this reason, and no start is under way. */
  async names(code: string): Promise<void> {
    await this.#readiness((codes) => codes.includes(code) && !codes.includes("starting"));
  }

  /** Resolves when nothing but the absence of MMF, which the test did not start, keeps /readyz red. */
  async readyWithoutMmf(): Promise<void> {
    await this.#readiness((codes) => codes.length === 1 && codes[0] === "mmf-unreachable");
  }

  async #readiness(holds: (codes: readonly string[]) => boolean): Promise<void> {
    const deadline = Date.now() + 15_000;
    let last = "";
    while (Date.now() < deadline) {
      const { body } = await this.ask("GET", "/readyz");
      last = JSON.stringify(body);
      if (holds((body.reasons as { code: string }[]).map(({ code }) => code))) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`/readyz did not come to what was expected: ${last}`);
  }

  async close(): Promise<void> {
    for (const service of ["sigilderg", "mmf", "codex-nexus"]) await this.stopService(service);
    this.home.remove();
    rmSync(this.#modules, { recursive: true, force: true });
  }

  /** Writes a signed module package and says how genesis registers it. */
  async #install({ id, run, capabilities, limits = {} }: TestModule): Promise<Registration> {
    const draft = {
      id,
      version: "1.0.0",
      description: "A module of a test.",
      engine: "quickjs-1",
      entry: "dist/module.js",
      input: {
        type: "object",
        properties: Object.fromEntries(
          ["what", "id", "rule", "tag"].map((name) => [name, { type: "string" }]),
        ),
      },
      capabilities,
      limits,
      licence: "Apache-2.0",
    };
    const code = utf8(`export default { async run(input, ctx) { ${run} } };\n`);
    const files = sealPackage(draft, new Map([["dist/module.js", code]]), PUBLISHER);
    await writePackageFolder(files, join(this.#modules, id));
    const { digest, version, limits: all } = verifyPackage(files).manifest;
    return { id, version, digest, publisher: PUBLISHER.kid, limits: all, capabilities };
  }
}
