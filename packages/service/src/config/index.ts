export {
  type ConfigInput,
  type LoadedConfig,
  loadConfig,
  loadConfigFile,
  serviceSection,
  serviceUrl,
} from "./load.ts";
export { nearest } from "./nearest.ts";
export { renderDefaultToml } from "./render.ts";
export {
  FIXED_KEYS,
  RUNTIME_KEYS,
  type RuntimeRefusal,
  type RuntimeValues,
  runtimeRefusal,
  startValue,
} from "./runtime.ts";
export {
  CONFIG,
  type Config,
  type ConfigKey,
  type ConfigRow,
  configKey,
  DEVELOPMENT_BYPASS,
  environmentName,
  RESERVED_ENVIRONMENT,
  type RuntimeKey,
  type RuntimeValue,
} from "./table.ts";
