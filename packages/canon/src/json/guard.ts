import { sizeExceeded } from "./limits.ts";
import { isForbiddenKey, isInexactInteger, refuse, refuseDepth, refuseType } from "./refuse.ts";
import type { Json, JsonObject } from "./value.ts";

type Steps = readonly (string | number)[];
interface Budget {
  values: number;
  readonly maxBytes: number;
  readonly maxDepth: number;
}

function copyArray(value: unknown[], steps: Steps, budget: Budget): Json[] {
  const copy: Json[] = [];
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (item === undefined && !Object.hasOwn(value, i)) refuse("sparse-array", [...steps, i]);
    copy.push(copyValue(item, [...steps, i], budget));
  }
  if (Object.keys(value).length !== value.length) refuse("array-extra-property", steps);
  return copy;
}

function copyObject(value: object, steps: Steps, budget: Budget): JsonObject {
  if (Object.getOwnPropertySymbols(value).length > 0) refuse("symbol-key", steps);
  const copy: JsonObject = {};
  // Sorted, so that of several faults the first in canonical order is named, as `serialize` does.
  for (const key of Object.keys(value).sort()) {
    const inner = [...steps, key];
    if (isForbiddenKey(key)) refuse("key-forbidden", inner);
    if (!key.isWellFormed()) refuse("lone-surrogate", inner);
    copy[key] = copyValue((value as Record<string, unknown>)[key], inner, budget);
  }
  return copy;
}

function copyContainer(value: object, steps: Steps, budget: Budget): Json {
  const isArray = Array.isArray(value);
  if (!isArray) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) refuse("not-plain-object", steps);
  }
  if (steps.length >= budget.maxDepth) refuseDepth(budget.maxDepth, steps);
  return isArray ? copyArray(value, steps, budget) : copyObject(value, steps, budget);
}

function copyValue(value: unknown, steps: Steps, budget: Budget): Json {
  // Every value takes a byte at least, so a small graph that unfolds into a huge tree stops early.
  if (++budget.values > budget.maxBytes) throw sizeExceeded(budget.maxBytes);
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) refuse("lone-surrogate", steps);
      return value;
    case "number":
      if (!Number.isFinite(value)) refuse("number-not-finite", steps);
      if (isInexactInteger(value)) refuse("number-range", steps);
      return value;
    case "boolean":
      return value;
    case "object":
      return value === null ? null : copyContainer(value, steps, budget);
    default:
      return refuseType(typeof value, steps);
  }
}

/** A deep copy of `value` that is {@link Json}, or the refusals of `serialize` by the same codes and paths. */
export function snapshot(value: unknown, maxDepth: number, maxBytes: number): Json {
  return copyValue(value, [], { values: 0, maxBytes, maxDepth });
}
