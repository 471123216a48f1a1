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
  CONFIG,
  type Config,
  type ConfigKey,
  type ConfigRow,
  configKey,
  DEVELOPMENT_BYPASS,
  environmentName,
  RESERVED_ENVIRONMENT,
} from "./table.ts";
