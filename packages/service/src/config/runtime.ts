import { nearest } from "./nearest.ts";
import {
  CONFIG,
  type Config,
  type ConfigRow,
  configKey,
  type RuntimeKey,
  type RuntimeValue,
} from "./table.ts";

/** Settings that records change, by `section.key`. */
export type RuntimeValues = Readonly<Partial<Record<RuntimeKey, RuntimeValue>>>;

const ROWS = new Map<string, ConfigRow>(CONFIG.map((row) => [configKey(row), row]));

/** The settings that a record may change while everything runs, in the order of the table. */
export const RUNTIME_KEYS = [...ROWS].flatMap(([key, row]) =>
  row.runtime === true ? [key as RuntimeKey] : [],
);
/** Every other: it holds from start to start. */
export const FIXED_KEYS: readonly string[] = [...ROWS.keys()].filter(
  (key) => !RUNTIME_KEYS.some((known) => known === key),
);

/** Why a setting cannot be changed while everything runs. */
export interface RuntimeRefusal {
  readonly code: "setting-unknown" | "setting-fixed" | "setting-invalid";
  /** What is so, and what to do. */
  readonly detail: string;
}

/** Why these values cannot come into force, the first of them; undefined when they can. */
export function runtimeRefusal(values: Readonly<Record<string, unknown>>): RuntimeRefusal | undefined {
  for (const [key, value] of Object.entries(values)) {
    const row = ROWS.get(key);
    if (row === undefined) {
      const near = nearest(key, RUNTIME_KEYS);
      const hint =
        near === undefined
          ? `these are changed by records: ${RUNTIME_KEYS.join(", ")}`
          : `did you mean ${near}?`;
      return { code: "setting-unknown", detail: `${key} is not a setting; ${hint}` };
    }
    if (row.runtime !== true) {
      const where = "write it into sigil.toml and start again";
      return { code: "setting-fixed", detail: `${key} holds from start to start; ${where}` };
    }
    const issue = row.schema.safeParse(value).error?.issues[0]?.message;
    if (issue !== undefined)
      return {
        code: "setting-invalid",
        detail: `${key} = ${JSON.stringify(value).slice(0, 80)}: ${issue}. ${row.doc}`,
      };
  }
  return undefined;
}

/** What a setting is before any record changes it. */
export function startValue(config: Config, key: RuntimeKey): RuntimeValue {
  const [section, name] = key.split(".") as [keyof Config, string];
  return (config[section] as unknown as Record<string, RuntimeValue>)[name] as RuntimeValue;
}
