import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ServiceError } from "../error.ts";
import { type Found, fromEnvironment, fromFlags, fromToml } from "./sources.ts";
import { CONFIG, type Config, type ConfigKey, type ConfigRow, configKey } from "./table.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from: `default`, `sigil.toml`, `environment SIGIL_…` or `flag`. */
  readonly origins: Readonly<Record<ConfigKey, string>>;
}

export interface ConfigInput {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of `--set`, each `section.key=value`. */
  readonly flags?: readonly string[] | undefined;
  /** Text of sigil.toml; undefined when there is none. */
  readonly tomlText?: string | undefined;
}

/**
 * Settings by precedence: defaults < sigil.toml < environment < flags, each validated by its row; paths are
 * resolved against the home. Throws `config-unknown-key`, `config-invalid-value`, `config-malformed` or
 * `arguments-invalid`.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const sources = [
    input.tomlText === undefined ? new Map<ConfigKey, Found>() : fromToml(input.tomlText),
    fromEnvironment(input.env),
    fromFlags(input.flags ?? []),
  ];
  const config: Record<string, Record<string, unknown>> = {};
  const origins: Record<string, string> = {};
  for (const row of CONFIG as readonly ConfigRow[]) {
    const key = configKey(row);
    const found = sources.findLast((source) => source.has(key))?.get(key) ?? {
      value: row.default,
      origin: "default",
    };
    const checked = row.schema.safeParse(found.value);
    if (!checked.success) {
      const shown = JSON.stringify(found.value)?.slice(0, 80) ?? "undefined";
      throw new ServiceError(
        "config-invalid-value",
        `${key} = ${shown} (${found.origin}): ${checked.error.issues[0]?.message ?? "invalid"}`,
        `${row.doc} The default is ${JSON.stringify(row.default)}.`,
      );
    }
    const value =
      row.path === true && checked.data !== "" ? resolve(input.home, checked.data as string) : checked.data;
    config[row.section] = { ...config[row.section], [row.key]: value };
    origins[key] = found.origin;
  }
  return { config: config as Config, origins: origins as LoadedConfig["origins"] };
}

/** `loadConfig` with the text of `<home>/sigil.toml`, if there is one. Throws `config-unreadable` too. */
export function loadConfigFile(input: Omit<ConfigInput, "tomlText">): LoadedConfig {
  const file = join(input.home, "sigil.toml");
  let tomlText: string | undefined;
  try {
    tomlText = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== "ENOENT") {
      throw new ServiceError(
        "config-unreadable",
        `${file} cannot be read (${code ?? "not UTF-8"})`,
        "Make it a UTF-8 text file that this user may read, or remove it.",
        { cause },
      );
    }
  }
  return loadConfig({ ...input, tomlText });
}

const SECTION = { sigilderg: "sigilderg", mmf: "mmf", "codex-nexus": "codex_nexus" } as const;

/** Host, port, names and URL of a service. */
export function serviceSection(config: Config, service: keyof typeof SECTION) {
  return config[SECTION[service]];
}

/** The base URL under which the others reach a service. */
export function serviceUrl(config: Config, service: keyof typeof SECTION): string {
  const { url, host, port } = serviceSection(config, service);
  if (url !== "") return url;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
