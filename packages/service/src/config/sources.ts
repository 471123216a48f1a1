import { parse, TomlError } from "smol-toml";
import { ServiceError } from "../error.ts";
import { nearest } from "./nearest.ts";
import {
  CONFIG,
  type ConfigKey,
  type ConfigRow,
  configKey,
  environmentName,
  RESERVED_ENVIRONMENT,
  RESERVED_PREFIXES,
} from "./table.ts";

/** A raw value of a source and where it stands. */
export interface Found {
  readonly value: unknown;
  readonly origin: string;
}
export type Source = ReadonlyMap<ConfigKey, Found>;

const rows = new Map<string, ConfigRow>(CONFIG.map((row) => [configKey(row), row]));
const sections = new Set<string>(CONFIG.map((row) => row.section));

function unknownKey(what: string, key: string, candidates: Iterable<string>): ServiceError {
  const near = nearest(key, candidates);
  const hint =
    near === undefined ? "Remove it; `sigil config show` lists every key." : `Did you mean ${near}?`;
  return new ServiceError("config-unknown-key", `${what} is not a setting`, hint);
}

/** `sigil.toml`. Throws `config-malformed` with line and column, `config-unknown-key` with the nearest key. */
export function fromToml(text: string, file = "sigil.toml"): Source {
  let tree: Record<string, unknown>;
  try {
    tree = parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [reason] = cause.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new ServiceError(
      "config-malformed",
      `${file}, line ${cause.line}, column ${cause.column}: ${reason}`,
      "Correct the line; the file is TOML 1.0.",
      { cause },
    );
  }
  const found = new Map<ConfigKey, Found>();
  for (const [section, content] of Object.entries(tree)) {
    if (!sections.has(section) || typeof content !== "object" || content === null || Array.isArray(content)) {
      throw unknownKey(`[${section}] in ${file}`, section, sections);
    }
    for (const [key, value] of Object.entries(content)) {
      const name = `${section}.${key}`;
      if (!rows.has(name)) throw unknownKey(`${name} in ${file}`, name, rows.keys());
      found.set(name as ConfigKey, { value, origin: file });
    }
  }
  return found;
}

/** `SIGIL_<SECTION>_<KEY>`. An unknown variable with the prefix is an error, reserved ones excepted. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Source {
  const byName = new Map(CONFIG.map((row) => [environmentName(row), row as ConfigRow]));
  const reserved = new Set<string>(RESERVED_ENVIRONMENT);
  const found = new Map<ConfigKey, Found>();
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith("SIGIL_") || text === undefined) continue;
    if (reserved.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const row = byName.get(name);
    if (row === undefined) throw unknownKey(`the environment variable ${name}`, name, byName.keys());
    found.set(configKey(row), { value: fromText(row, text), origin: `environment ${name}` });
  }
  return found;
}

/** The values of `--set`, each `section.key=value`. */
export function fromFlags(flags: readonly string[]): Source {
  const found = new Map<ConfigKey, Found>();
  for (const flag of flags) {
    const at = flag.indexOf("=");
    if (at < 1) {
      throw new ServiceError(
        "arguments-invalid",
        `--set ${flag} has no value`,
        "Write --set section.key=value.",
      );
    }
    const name = flag.slice(0, at);
    const row = rows.get(name);
    if (row === undefined) throw unknownKey(`--set ${name}`, name, rows.keys());
    found.set(name as ConfigKey, { value: fromText(row, flag.slice(at + 1)), origin: "flag" });
  }
  return found;
}

/** Text as the type that the row's default has; what does not fit stays text, for the schema to refuse. */
function fromText(row: ConfigRow, text: string): unknown {
  if (row.structured === true) return fromJson(text);
  if (typeof row.default === "number") return /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : text;
  if (Array.isArray(row.default)) return text === "" ? [] : text.split(",").map((part) => part.trim());
  return text;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
