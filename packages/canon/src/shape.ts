import { CanonError } from "./error.ts";

/** A check of one place in a value: returns, or throws a `field-…` refusal that names the place. */
export type Shape = (value: unknown, path: string) => void;

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (value === undefined) return "undefined";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

/** The refusal of a field: what was found, and what it must be. */
export function fieldInvalid(value: unknown, path: string, must: string): CanonError {
  return new CanonError("field-invalid", `is ${shown(value)}; it must be ${must}`, path);
}

/** Exactly one of the given values. */
export function oneOf(...values: readonly (string | number | null)[]): Shape {
  return (value, path) => {
    if (!values.includes(value as string)) {
      throw fieldInvalid(value, path, values.map((each) => JSON.stringify(each)).join(" or "));
    }
  };
}

/** A string that a pattern matches. */
export function text(pattern: RegExp, must: string): Shape {
  return (value, path) => {
    if (typeof value !== "string" || !pattern.test(value)) throw fieldInvalid(value, path, must);
  };
}

/** A string that a parser of this package accepts. */
export function parsed(parse: (value: string) => unknown, must: string): Shape {
  return (value, path) => {
    if (typeof value !== "string") throw fieldInvalid(value, path, must);
    try {
      parse(value);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CanonError("field-invalid", `must be ${must}: ${reason}`, path, { cause });
    }
  };
}

/** A safe integer that is not negative. */
export const count: Shape = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw fieldInvalid(value, path, "an integer from 0 to 2^53 − 1");
  }
};

export function nullOr(shape: Shape): Shape {
  return (value, path) => {
    if (value !== null) shape(value, path);
  };
}

/** An array of at most `most` items. */
export function list(item: Shape, most: number): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) throw fieldInvalid(value, path, "an array");
    if (value.length > most) throw fieldInvalid(value.length, `${path}.length`, `at most ${most}`);
    for (let i = 0; i < value.length; i++) item(value[i], `${path}[${i}]`);
  };
}

/** Any plain JSON object; what is inside is checked elsewhere. */
export const anyObject: Shape = (value, path) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw fieldInvalid(value, path, "an object");
};

/** An object with exactly the `required` fields, and any of the `optional` ones. */
export function object(required: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape {
  const names = Object.keys(required);
  return (value, path) => {
    anyObject(value, path);
    const fields = value as Record<string, unknown>;
    for (const name of names) {
      if (!Object.hasOwn(fields, name))
        throw new CanonError("field-missing", "is required", `${path}.${name}`);
      required[name]?.(fields[name], `${path}.${name}`);
    }
    for (const name of Object.keys(fields)) {
      if (Object.hasOwn(required, name)) continue;
      const shape = Object.hasOwn(optional, name) ? optional[name] : undefined;
      if (shape === undefined) {
        throw new CanonError(
          "field-unknown",
          `${JSON.stringify(name)} is not a field of this format; remove it`,
          path,
        );
      }
      shape(fields[name], `${path}.${name}`);
    }
  };
}
