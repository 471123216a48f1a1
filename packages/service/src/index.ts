export { lifelineOf, readArguments, type ServiceArguments } from "./arguments.ts";
export * from "./config/index.ts";
export { ServiceError, type ServiceErrorCode } from "./error.ts";
export { installedModules, resolveHome } from "./home.ts";
export type { Admission, Handler, Incoming } from "./http/handler.ts";
export { isLoopback } from "./http/hosts.ts";
export { Limiter, type Taken } from "./http/limiter.ts";
export type { ServiceMetrics } from "./http/metrics.ts";
export type { Reply } from "./http/reply.ts";
export { createService, type Service, type ServiceOptions } from "./http/service.ts";
export { continueTrace, type Trace } from "./http/trace.ts";
export { modelKeyFile, readModelKey } from "./keys/model.ts";
export {
  KEY_FILES,
  type KeysOf,
  readSecret,
  readServiceKeys,
  type ServiceKeys,
} from "./keys/read.ts";
export {
  formatKeyRegistry,
  type KeyRegistryFile,
  keyRegistryFile,
  type Peers,
  peersOf,
  readKeyRegistry,
  registryEntry,
  registryKeys,
} from "./keys/registry.ts";
export { createLogger, type Logger } from "./logger.ts";
export { EXIT_CONFIG, EXIT_SOFTWARE, fatalLine, NODE_MINIMUM, requireNode, runMain } from "./main.ts";
export { peerClient } from "./peer.ts";
export { type Running, type ServeOptions, serve } from "./serve.ts";
