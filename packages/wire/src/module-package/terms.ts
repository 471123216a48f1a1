import { canonicalize, type Json } from "@sigil/canon";
import { LIMIT_NAMES, LIMITS, type RunLimits } from "./limits.ts";
import type { Capability } from "./manifest.ts";

/** What a module may do and use, as it was registered or as a manifest asks for it. */
export interface Terms {
  readonly version: string;
  /** Thumbprint; null or absent where nobody signed. */
  readonly publisher?: string | null | undefined;
  readonly capabilities: readonly Capability[];
  /** Absent in registrations from before limits were recorded: the defaults. */
  readonly limits?: Partial<RunLimits> | undefined;
}

/** One thing that changes from one version of a module to another. */
export interface Difference {
  /** Whether the module gets more by it. */
  readonly more: boolean;
  /** `+ memory.write`, `- audit.emit`, `cpuMs 500 → 30000`. */
  readonly text: string;
}

const NOTHING: Terms = { version: "0.0.0", capabilities: [] };

/**
 * What a module may do after that it may not do before, and the other way round; before is nothing and the default limits
 * where it never was registered. A capability whose scope is not certainly within one of before's counts as more.
 */
export function differences(before: Terms | undefined, after: Terms): Difference[] {
  const from = before ?? NOTHING;
  return [
    ...uncovered(after.capabilities, from.capabilities).map((it) => ({
      more: true,
      text: `+ ${capabilityText(it)}`,
    })),
    ...uncovered(from.capabilities, after.capabilities).map((it) => ({
      more: false,
      text: `- ${capabilityText(it)}`,
    })),
    ...limitDifferences(from.limits ?? {}, after.limits ?? {}),
  ];
}

function limitDifferences(from: Partial<RunLimits>, to: Partial<RunLimits>): Difference[] {
  return LIMIT_NAMES.flatMap((name) => {
    const byDefault = LIMITS[name].default;
    const [a, b] = [from[name] ?? byDefault, to[name] ?? byDefault];
    return a === b ? [] : [{ more: b > a, text: `${name} ${a} → ${b}` }];
  });
}

/** A capability as people read it: its name, and what its scope narrows it to. */
export function capabilityText({ name, scope }: Capability): string {
  const narrowed = Object.entries(scope).map(([field, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return `${field} ${values.map((it) => (typeof it === "string" ? it : canonicalize(it))).join(", ")}`;
  });
  return narrowed.length === 0 ? name : `${name} (${narrowed.join("; ")})`;
}

function uncovered(these: readonly Capability[], by: readonly Capability[]): readonly Capability[] {
  return these.filter((one) => !by.some((other) => covers(other, one)));
}

/** Whether `wide` surely gives all that `narrow` gives: an empty scope does not narrow, and a list of patterns is a list. */
function covers(wide: Capability, narrow: Capability): boolean {
  if (wide.name !== narrow.name) return false;
  if (Object.keys(wide.scope).length === 0) return true;
  if (canonicalize(wide.scope) === canonicalize(narrow.scope)) return true;
  const fields = Object.keys(wide.scope);
  const [field] = fields;
  if (
    field === undefined ||
    fields.length > 1 ||
    canonicalize(Object.keys(narrow.scope)) !== canonicalize(fields)
  )
    return false;
  const [patterns, asked] = [wide.scope[field], narrow.scope[field]];
  if (!Array.isArray(patterns) || !Array.isArray(asked)) return false;
  return asked.every((one) => patterns.some((pattern) => coversPattern(pattern, one)));
}

function coversPattern(wide: Json, narrow: Json): boolean {
  if (typeof wide !== "string" || typeof narrow !== "string") return false;
  if (wide === narrow) return true;
  return wide.endsWith("*") && narrow.startsWith(wide.slice(0, -1));
}

/** Whether a version comes before another by the precedence of Semantic Versioning 2.0.0, section 11. */
export function isOlder(version: string, than: string): boolean {
  return compareVersions(version, than) < 0;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  for (const [at, number] of left.numbers.entries()) {
    const order = number - (right.numbers[at] ?? 0);
    if (order !== 0) return order;
  }
  // A version without a pre-release comes after all that have one.
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  for (const [at, identifier] of left.pre.entries()) {
    const order = compareIdentifiers(identifier, right.pre[at]);
    if (order !== 0) return order;
  }
  return left.pre.length - right.pre.length;
}

function parseVersion(version: string): { numbers: number[]; pre: string[] } {
  const [release = "", ...rest] = version.split("-");
  const pre = rest.join("-");
  return { numbers: release.split(".").map(Number), pre: pre === "" ? [] : pre.split(".") };
}

function compareIdentifiers(a: string, b: string | undefined): number {
  if (b === undefined) return 1;
  const numeric = [a, b].map((it) => /^\d+$/.test(it));
  if (numeric[0] && numeric[1]) return Number(a) - Number(b);
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
