import { CanonError } from "./error.ts";
import { formatPath } from "./json/path.ts";

/**
 * The steps to a value, the first `depth` of `steps`; what stands behind them is of another value. Written down while a
 * value is walked and made a text only for a refusal: a value without a fault costs none.
 */
export type Steps = (string | number)[];

/** A check of one place in a value: returns, or throws a `field-…` refusal that names the place. */
export type Shape = (value: unknown, steps: Steps, depth: number) => void;

/** The path of a place. */
export function pathOf(steps: Steps, depth: number): string {
  return formatPath(steps.slice(0, depth));
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (value === undefined) return "undefined";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

/** The refusal of a field: what was found, and what it must be. */
export function fieldInvalid(value: unknown, steps: Steps, depth: number, must: string): CanonError {
  return new CanonError("field-invalid", `is ${shown(value)}; it must be ${must}`, pathOf(steps, depth));
}

/** Exactly one of the given values. */
export function oneOf(...values: readonly (string | number | null)[]): Shape {
  return (value, steps, depth) => {
    if (!values.includes(value as string)) {
      throw fieldInvalid(value, steps, depth, values.map((each) => JSON.stringify(each)).join(" or "));
    }
  };
}

/** A string that a pattern matches. */
export function text(pattern: RegExp, must: string): Shape {
  return (value, steps, depth) => {
    if (typeof value !== "string" || !pattern.test(value)) throw fieldInvalid(value, steps, depth, must);
  };
}

/** A string that a parser of this package accepts. */
export function parsed(parse: (value: string) => unknown, must: string): Shape {
  return (value, steps, depth) => {
    if (typeof value !== "string") throw fieldInvalid(value, steps, depth, must);
    try {
      parse(value);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CanonError("field-invalid", `must be ${must}: ${reason}`, pathOf(steps, depth), { cause });
    }
  };
}

/** A safe integer that is not negative. */
export const count: Shape = (value, steps, depth) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw fieldInvalid(value, steps, depth, "an integer from 0 to 2^53 − 1");
  }
};

export function nullOr(shape: Shape): Shape {
  return (value, steps, depth) => {
    if (value !== null) shape(value, steps, depth);
  };
}

/** An array of at most `most` items. */
export function list(item: Shape, most: number): Shape {
  return (value, steps, depth) => {
    if (!Array.isArray(value)) throw fieldInvalid(value, steps, depth, "an array");
    if (value.length > most) {
      steps[depth] = "length";
      throw fieldInvalid(value.length, steps, depth + 1, `at most ${most}`);
    }
    for (let i = 0; i < value.length; i++) {
      steps[depth] = i;
      item(value[i], steps, depth + 1);
    }
  };
}

/** Any plain JSON object; what is inside is checked elsewhere. */
export const anyObject: Shape = (value, steps, depth) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw fieldInvalid(value, steps, depth, "an object");
};

/** An object with exactly the `required` fields, and any of the `optional` ones. */
export function object(required: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape {
  const fields = Object.entries(required);
  const known = new Set(Object.keys(required));
  const others = new Map(Object.entries(optional));
  return (value, steps, depth) => {
    anyObject(value, steps, depth);
    const given = value as Record<string, unknown>;
    for (const [name, shape] of fields) {
      steps[depth] = name;
      if (!Object.hasOwn(given, name))
        throw new CanonError("field-missing", "is required", pathOf(steps, depth + 1));
      shape(given[name], steps, depth + 1);
    }
    for (const name of Object.keys(given)) {
      if (known.has(name)) continue;
      const shape = others.get(name);
      if (shape === undefined) {
        const message = `${JSON.stringify(name)} is not a field of this format; remove it`;
        throw new CanonError("field-unknown", message, pathOf(steps, depth));
      }
      steps[depth] = name;
      shape(given[name], steps, depth + 1);
    }
  };
}
