import type { ServiceClient } from "@sigil/wire";
import type { Timed } from "../domain/call-trace.ts";
import type { ModuleHost } from "../domain/module-host.ts";
import type { PinnedTrust } from "../domain/pinned-trust.ts";
import type { Check } from "../domain/readiness.ts";
import type { Store } from "../domain/store.ts";
import { CodexNexus } from "./codex-nexus.ts";
import { Mmf } from "./mmf.ts";
import { peerCheck } from "./peer-check.ts";

/** The services behind, as the domain wants them. */
export interface Upstreams {
  readonly store: Store;
  readonly host: ModuleHost;
  readonly storeCheck: Check;
  readonly hostCheck: Check;
}

/** @param runMs how long a run may take before it counts as `unknown`, in milliseconds */
export function connectUpstreams(
  clients: { readonly codexNexus: ServiceClient; readonly mmf: ServiceClient },
  trust: PinnedTrust,
  runMs: number,
): (timed: (peer: string) => Timed) => Upstreams {
  return (timed) => ({
    store: new CodexNexus(clients.codexNexus, trust, timed("codex-nexus")),
    host: new Mmf(clients.mmf, runMs, timed("mmf")),
    storeCheck: peerCheck(clients.codexNexus, "codex-nexus"),
    hostCheck: peerCheck(clients.mmf, "mmf"),
  });
}
