import { keepForm, knownForm, knownName, quoteName, sortNames } from "./form.ts";
import { type Limits, resolveLimits, sizeExceeded } from "./limits.ts";
import { isForbiddenKey, isInexactInteger, refuse, refuseDepth, refuseType } from "./refuse.ts";

// One pass guards and serialises: no value is read twice, so nothing can change between the check and the bytes. It
// writes UTF-8 into a buffer that is there already: text put together from pieces would be garbage a moment later.
// The state is in this module because a property of an object costs a third of the speed; an accessor or a proxy may
// call back in, so each entry saves it.
let out: Uint8Array = new Uint8Array(0);
let at = 0;
let path: (string | number)[] = [];
let maxBytes = 0;
// The cursor may come this far: beyond the limit by what stands before the value.
let maxEnd = 0;
let maxDepth = 0;

const SCRATCH_BYTES = 16_384;
let scratch: Uint8Array | undefined;
const encoder = new TextEncoder();

// From this length on a string is looked at and copied by the engine, and not unit by unit.
const LONG = 512;
// Not what RFC 8785 section 3.2.2.2 writes as it is: a quote, a backslash, anything below U+0020, and surrogates.
const SPECIAL = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Makes room for `more` bytes behind the cursor. */
function reserve(more: number): void {
  if (at + more <= out.length) return;
  const larger = new Uint8Array(Math.max(out.length * 2, at + more));
  larger.set(out);
  out.fill(0);
  out = larger;
}

function writeByte(byte: number): void {
  reserve(1);
  out[at++] = byte;
}

function writeAscii(text: string): void {
  reserve(text.length);
  const bytes = out;
  let end = at;
  for (let i = 0; i < text.length; i++) bytes[end++] = text.charCodeAt(i);
  at = end;
}

/** Well-formed text, or `size-exceeded`: no more room is made than the limit leaves. */
function writeUtf8(text: string): void {
  reserve(Math.min(text.length * 3, maxEnd - at));
  const { read, written } = encoder.encodeInto(text, out.subarray(at));
  if (read < text.length) throw sizeExceeded(maxBytes);
  at += written;
}

/** A string that is long, or has more in it than characters of one byte that stand for themselves. */
function writeOther(value: string, depth: number): void {
  if (SPECIAL.test(value)) {
    if (!value.isWellFormed()) refuse("lone-surrogate", path, depth);
    // ECMAScript's own escapes are those of RFC 8785.
    writeUtf8(JSON.stringify(value));
    return;
  }
  writeByte(0x22);
  writeUtf8(value);
  writeByte(0x22);
}

function writeString(value: string, depth: number): void {
  const { length } = value;
  if (length >= LONG) {
    writeOther(value, depth);
    return;
  }
  reserve(length + 2);
  const bytes = out;
  let end = at;
  bytes[end++] = 0x22;
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7f || unit === 0x22 || unit === 0x5c) {
      writeOther(value, depth);
      return;
    }
    bytes[end++] = unit;
  }
  bytes[end++] = 0x22;
  at = end;
}

function writeNumber(value: number, depth: number): void {
  if (!Number.isFinite(value)) refuse("number-not-finite", path, depth);
  if (isInexactInteger(value)) refuse("number-range", path, depth);
  // ECMAScript's shortest form is that of RFC 8785 section 3.2.2.3; −0 gives "0".
  writeAscii(`${value}`);
}

function writeArray(value: unknown[], depth: number): void {
  if (depth >= maxDepth) refuseDepth(maxDepth, path, depth);
  writeByte(0x5b);
  for (let i = 0; i < value.length; i++) {
    path[depth] = i;
    if (i > 0) writeByte(0x2c);
    const item = value[i];
    if (item === undefined && !Object.hasOwn(value, i)) refuse("sparse-array", path, depth + 1);
    write(item, depth + 1);
  }
  if (Object.keys(value).length !== value.length) refuse("array-extra-property", path, depth);
  writeByte(0x5d);
}

function writeBytes(written: Uint8Array): void {
  reserve(written.length);
  const bytes = out;
  let end = at;
  for (let i = 0; i < written.length; i++) bytes[end++] = written[i] as number;
  at = end;
}

function writeName(key: string, depth: number): void {
  const known = knownName(key);
  if (known === undefined) {
    if (isForbiddenKey(key)) refuse("key-forbidden", path, depth + 1);
    if (!key.isWellFormed()) refuse("lone-surrogate", path, depth + 1);
  }
  writeBytes(known ?? quoteName(key));
}

function writeObject(value: object, depth: number): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse("not-plain-object", path, depth);
  if (depth >= maxDepth) refuseDepth(maxDepth, path, depth);
  if (Object.getOwnPropertySymbols(value).length > 0) refuse("symbol-key", path, depth);
  const met = Object.keys(value);
  const form = knownForm(met);
  const sorted = form?.sorted ?? sortNames(met.slice());
  if (sorted.length === 0) writeByte(0x7b);
  for (let i = 0; i < sorted.length; i++) {
    const key = sorted[i] as string;
    path[depth] = key;
    if (form === undefined) {
      writeByte(i > 0 ? 0x2c : 0x7b);
      writeName(key, depth);
    } else writeBytes(form.written[i] as Uint8Array);
    write((value as Record<string, unknown>)[key], depth + 1);
  }
  if (form === undefined) keepForm(met, sorted);
  writeByte(0x7d);
}

function write(value: unknown, depth: number): void {
  // Every value takes a byte at least, so a small graph that unfolds into a huge tree stops early.
  if (at >= maxEnd) throw sizeExceeded(maxBytes);
  switch (typeof value) {
    case "string":
      writeString(value, depth);
      return;
    case "number":
      writeNumber(value, depth);
      return;
    case "boolean":
      writeAscii(value ? "true" : "false");
      return;
    case "object":
      if (value === null) writeAscii("null");
      else if (Array.isArray(value)) writeArray(value, depth);
      else writeObject(value, depth);
      return;
    default:
      refuseType(typeof value, path, depth);
  }
}

/**
 * What `use` makes of the RFC 8785 bytes of `value` behind an ASCII `prefix`. It may not keep them: they are wiped when it
 * returns. Refuses by code and path everything that JSON cannot say exactly, depth beyond `maxDepth` and UTF-8 size beyond
 * `maxBytes`, the prefix not counted. Two values with the same content give the same bytes.
 */
export function withSerialized<T>(
  prefix: string,
  value: unknown,
  limits: Limits | undefined,
  use: (bytes: Uint8Array) => T,
): T {
  const bounds = resolveLimits(limits);
  const before = { out, at, path, maxBytes, maxEnd, maxDepth };
  // Taken away meanwhile, so that `use` or an accessor may come here again.
  let bytes = scratch ?? new Uint8Array(SCRATCH_BYTES);
  let end: number | undefined;
  scratch = undefined;
  out = bytes;
  at = 0;
  path = [];
  maxBytes = bounds.maxBytes;
  maxEnd = maxBytes + prefix.length;
  maxDepth = bounds.maxDepth;
  try {
    try {
      writeAscii(prefix);
      write(value, 0);
      if (at > maxEnd) throw sizeExceeded(maxBytes);
      end = at;
    } finally {
      bytes = out;
      ({ out, at, path, maxBytes, maxEnd, maxDepth } = before);
    }
    return use(bytes.subarray(0, end));
  } finally {
    // All of it after a refusal: a string may have been written beyond the cursor before it was refused.
    bytes.fill(0, 0, end);
    if (bytes.length === SCRATCH_BYTES) scratch = bytes;
  }
}

// The first character of a JSON text is of one byte: there is no byte order mark to keep or to drop.
const decoder = new TextDecoder();

/** The RFC 8785 text of `value`; refuses as {@link withSerialized}. */
export function serialize(value: unknown, limits?: Limits): string {
  return withSerialized("", value, limits, (bytes) => decoder.decode(bytes));
}
