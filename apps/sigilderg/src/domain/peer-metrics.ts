import type { ServiceName } from "@sigil/wire";

/** What a service behind exposes in the text format of Prometheus: nobody but SigilDERG is answered there. */
export type PeerMetrics = (peer: Exclude<ServiceName, "sigilderg">) => Promise<string>;
