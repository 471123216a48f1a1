import { type ReplayRequest, type ReplayResponse, WireError } from "@sigil/wire";
import type { Authority } from "../domain/authority.ts";
import { callTrace, type Timed } from "../domain/runs/call-trace.ts";
import type { Held, HeldManifest, ModuleHost, RunAnswer, RunOrder } from "../domain/runs/module-host.ts";
import type { PeerCalls } from "./breaking-client.ts";

/** The module host, seen from the control plane. What a run answers is checked by the domain. */
export class Mmf implements ModuleHost {
  readonly #client: PeerCalls;
  readonly #runMs: number;
  readonly #timed: Timed;

  /** @param runMs how long a run may take before it counts as `unknown`, in milliseconds */
  constructor(client: PeerCalls, runMs: number, timed: Timed) {
    this.#client = client;
    this.#timed = timed;
    this.#runMs = runMs;
  }

  list(authority: Authority): Promise<Held> {
    return this.#timed(() => this.#client.call("mmf GET /v1/modules", { ...callTrace(), ctx: authority }));
  }

  async manifest(id: string, digest: string, authority: Authority): Promise<HeldManifest | undefined> {
    try {
      return await this.#timed(() =>
        this.#client.call("mmf GET /v1/modules/:id/manifest", {
          ...callTrace(),
          ...{ params: { id }, query: { digest }, ctx: authority },
        }),
      );
    } catch (error) {
      const code = error instanceof WireError ? error.problem?.code : undefined;
      if (code === "module-unknown" || code === "module-digest-mismatch") return undefined;
      throw error;
    }
  }

  execute(order: RunOrder, grant: string, authority: Authority, signal: AbortSignal): Promise<RunAnswer> {
    const request = { ...callTrace(), body: order, ctx: authority, grant, signal, timeoutMs: this.#runMs };
    return this.#timed(() => this.#client.call("mmf POST /v1/runs", request));
  }

  replay(
    order: ReplayRequest,
    authority: Authority,
    signal: AbortSignal | undefined,
  ): Promise<ReplayResponse> {
    const request = { ...callTrace(), body: order, ctx: authority, signal, timeoutMs: this.#runMs };
    return this.#timed(() => this.#client.call("mmf POST /v1/replays", request));
  }
}
