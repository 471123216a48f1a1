import { CanonError, type CanonErrorCode } from "../error.ts";
import { formatPath } from "./path.ts";

const SENTENCES = {
  "array-extra-property": "array has a named property, which JSON cannot carry; use an object",
  "bigint-value": "BigInt is not a JSON value; write it as a string",
  "function-value": "function is not a JSON value; remove it",
  "json-duplicate-key": "key appears twice in one object; keep one",
  "key-forbidden":
    "key is __proto__, constructor or prototype, which change objects that are merged; rename it",
  "lone-surrogate": "lone surrogate, which has no UTF-8 form; remove it",
  "not-plain-object":
    "instance of a class (Date, Map, Set or another); write it as a plain object, array or string",
  "number-not-finite":
    "number is NaN, infinite or too large for a double; write it as a string or leave it out",
  "number-underflow": "number is too small for a double and would become 0; write it as a string",
  "number-range": "integer beyond ±(2^53 − 1), which a double cannot hold exactly; write it as a string",
  "sparse-array": "array has a hole; fill it with null",
  "symbol-key": "object has a symbol as a key; use a string",
  "symbol-value": "symbol is not a JSON value; write it as a string",
  "undefined-value": "undefined is not a JSON value; leave the key out or use null",
} as const satisfies Partial<Record<CanonErrorCode, string>>;

type Steps = readonly (string | number)[];

/** Refuses a value by name and place: the first `depth` of `steps` lead to it, all of them unless given. */
export function refuse(code: keyof typeof SENTENCES, steps: Steps, depth?: number): never {
  throw new CanonError(code, SENTENCES[code], formatPath(steps.slice(0, depth)));
}

/** Refuses nesting beyond `maxDepth` containers. */
export function refuseDepth(maxDepth: number, steps: Steps, depth?: number): never {
  throw new CanonError(
    "depth-exceeded",
    `nested deeper than the limit of ${maxDepth}; flatten it`,
    formatPath(steps.slice(0, depth)),
  );
}

const NOT_JSON = {
  bigint: "bigint-value",
  function: "function-value",
  symbol: "symbol-value",
  undefined: "undefined-value",
} as const;

/** Refuses a value of a type that JSON does not have. */
export function refuseType(type: string, steps: Steps, depth?: number): never {
  refuse(NOT_JSON[type as keyof typeof NOT_JSON], steps, depth);
}

/** The keys that name the machinery of objects. */
export function isForbiddenKey(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}

/**
 * Whether a finite number prints as an integer that a double cannot hold exactly. From 1e21 on the canonical form has
 * an exponent and claims no digits that it does not have (RFC 8785 section 3.2.2.3, appendix D).
 */
export function isInexactInteger(value: number): boolean {
  const size = Math.abs(value);
  return size > Number.MAX_SAFE_INTEGER && size < 1e21;
}
