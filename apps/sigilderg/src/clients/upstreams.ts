import type { ServiceClient } from "@sigil/wire";
import type { PinnedTrust } from "../domain/credentials/pinned-trust.ts";
import type { PeerMetrics } from "../domain/peer-metrics.ts";
import type { Check } from "../domain/readiness.ts";
import type { Store } from "../domain/records/store.ts";
import type { Timed } from "../domain/runs/call-trace.ts";
import type { ModuleHost } from "../domain/runs/module-host.ts";
import { BreakingClient } from "./breaking-client.ts";
import { CodexNexus } from "./codex-nexus.ts";
import { Mmf } from "./mmf.ts";
import { peerCheck } from "./peer-check.ts";

/** The services behind, as the domain wants them. */
export interface Upstreams {
  readonly store: Store;
  readonly host: ModuleHost;
  readonly storeCheck: Check;
  readonly hostCheck: Check;
  readonly metrics: PeerMetrics;
}

interface PeerClients {
  readonly codexNexus: ServiceClient;
  readonly mmf: ServiceClient;
}

/**
 * @param probes clients of their own for the probes, which never wait in line behind what they are to decide about
 * @param runMs how long a run may take before it counts as `unknown`, in milliseconds
 */
export function connectUpstreams(
  clients: PeerClients,
  probes: PeerClients,
  trust: PinnedTrust,
  runMs: number,
): (timed: (peer: string) => Timed) => Upstreams {
  const codexNexus = new BreakingClient(clients.codexNexus, "codex-nexus");
  const mmf = new BreakingClient(clients.mmf, "mmf");
  return (timed) => ({
    store: new CodexNexus(codexNexus, trust, timed("codex-nexus")),
    host: new Mmf(mmf, runMs, timed("mmf")),
    storeCheck: peerCheck(probes.codexNexus, "codex-nexus", (error) => codexNexus.probed(error)),
    hostCheck: peerCheck(probes.mmf, "mmf", (error) => mmf.probed(error)),
    metrics: async (peer) => {
      const client = peer === "mmf" ? mmf : codexNexus;
      // The rows of the two are the same; the type of one stands for both.
      return String(await client.call(`${peer} GET /metrics` as "mmf GET /metrics"));
    },
  });
}
