import { type Limits, requireSize, resolveLimits, sizeExceeded } from "./limits.ts";
import { isForbiddenKey, isInexactInteger, refuse, refuseDepth, refuseType } from "./refuse.ts";

// One pass guards and serialises: no value is read twice, so nothing can change between the check and the bytes.
// The state is in this module because a property of an object costs a third of the speed; an accessor or a proxy may
// call back in, so each entry saves it.
let out = "";
let path: (string | number)[] = [];
let maxChars = 0;
let maxDepth = 0;

// Not what RFC 8785 section 3.2.2.2 writes as it is: a quote, a backslash, anything below U+0020, and surrogates.
const SPECIAL = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

function writeString(value: string, depth: number): void {
  if (SPECIAL.test(value)) {
    if (!value.isWellFormed()) refuse("lone-surrogate", path.slice(0, depth));
    // ECMAScript's own escapes are those of RFC 8785.
    out += JSON.stringify(value);
  } else {
    out += `"${value}"`;
  }
}

function writeNumber(value: number, depth: number): void {
  if (!Number.isFinite(value)) refuse("number-not-finite", path.slice(0, depth));
  if (isInexactInteger(value)) refuse("number-range", path.slice(0, depth));
  // ECMAScript's shortest form is that of RFC 8785 section 3.2.2.3; −0 gives "0".
  out += value;
}

function writeArray(value: unknown[], depth: number): void {
  if (depth >= maxDepth) refuseDepth(maxDepth, path.slice(0, depth));
  out += "[";
  for (let i = 0; i < value.length; i++) {
    path[depth] = i;
    if (i > 0) out += ",";
    const item = value[i];
    if (item === undefined && !Object.hasOwn(value, i)) refuse("sparse-array", path.slice(0, depth + 1));
    write(item, depth + 1);
  }
  if (Object.keys(value).length !== value.length) refuse("array-extra-property", path.slice(0, depth));
  out += "]";
}

// Insertion beats the built-in sort on the few keys of an ordinary object, and costs nothing when they are in order.
const MOST_INSERTED = 32;

function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  if (keys.length > MOST_INSERTED) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    // Both > and sort compare UTF-16 units, as RFC 8785 section 3.2.3 orders keys.
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

// Names of fields recur. The first few hundred are kept as they are written, checks done.
const NAMES = new Map<string, string>();
const MOST_NAMES = 512;
const LONGEST_NAME = 32;

function quoteName(key: string, depth: number): string {
  if (isForbiddenKey(key)) refuse("key-forbidden", path.slice(0, depth + 1));
  if (!key.isWellFormed()) refuse("lone-surrogate", path.slice(0, depth + 1));
  const quoted = `${JSON.stringify(key)}:`;
  if (NAMES.size < MOST_NAMES && key.length <= LONGEST_NAME) NAMES.set(key, quoted);
  return quoted;
}

function writeObject(value: object, depth: number): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse("not-plain-object", path.slice(0, depth));
  if (depth >= maxDepth) refuseDepth(maxDepth, path.slice(0, depth));
  if (Object.getOwnPropertySymbols(value).length > 0) refuse("symbol-key", path.slice(0, depth));
  const keys = sortedKeys(value);
  if (keys.length === 0) out += "{";
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    path[depth] = key;
    out += i > 0 ? "," : "{";
    out += NAMES.get(key) ?? quoteName(key, depth);
    write((value as Record<string, unknown>)[key], depth + 1);
  }
  out += "}";
}

function write(value: unknown, depth: number): void {
  // Checked at every value, so that a small graph that unfolds into a huge tree stops early.
  if (out.length > maxChars) throw sizeExceeded(maxChars);
  switch (typeof value) {
    case "string":
      writeString(value, depth);
      return;
    case "number":
      writeNumber(value, depth);
      return;
    case "boolean":
      out += value;
      return;
    case "object":
      if (value === null) out += "null";
      else if (Array.isArray(value)) writeArray(value, depth);
      else writeObject(value, depth);
      return;
    default:
      refuseType(typeof value, path.slice(0, depth));
  }
}

/**
 * The RFC 8785 text of `value`, or a refusal by code and path: everything that JSON cannot say exactly, depth beyond
 * `maxDepth` and UTF-8 size beyond `maxBytes`. Two values with the same content give the same text.
 */
export function serialize(value: unknown, limits?: Limits): string {
  const bounds = resolveLimits(limits);
  const saved = [out, path, maxChars, maxDepth] as const;
  out = "";
  path = [];
  maxChars = bounds.maxBytes;
  maxDepth = bounds.maxDepth;
  try {
    write(value, 0);
    requireSize(out, bounds.maxBytes);
    return out;
  } finally {
    [out, path, maxChars, maxDepth] = saved;
  }
}
