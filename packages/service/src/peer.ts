import type { ChannelKey, SigningKey } from "@sigil/crypto";
import { fromBase64url } from "@sigil/crypto";
import { ServiceClient, type ServiceName } from "@sigil/wire";
import { type Config, serviceUrl } from "./config/index.ts";
import { type KeyRegistryFile, registryEntry } from "./keys/registry.ts";

/** A client of another service: its address from the configuration, its channel key from the registry. */
export function peerClient(options: {
  readonly self: "sigilderg" | "mmf";
  readonly peer: ServiceName;
  readonly config: Config;
  readonly keys: {
    readonly service: SigningKey;
    readonly channel: ChannelKey;
    readonly registry: KeyRegistryFile;
  };
  readonly connections?: number;
  readonly timeoutMs?: number;
}): ServiceClient {
  return new ServiceClient({
    baseUrl: serviceUrl(options.config, options.peer),
    service: options.peer,
    key: options.keys.service,
    iss: options.self,
    channel: options.keys.channel,
    peerChannel: fromBase64url(registryEntry(options.keys.registry, options.peer, "channel").publicKey),
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
}
