import { fromUtf8 } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import { type Cursor, syntax } from "./cursor.ts";
import { type Limits, requireSize, resolveLimits, sizeExceeded } from "./limits.ts";
import { isForbiddenKey, isInexactInteger, refuse, refuseDepth } from "./refuse.ts";
import { CONTROL, scanNumber, scanString } from "./scan.ts";
import type { Json, JsonObject } from "./value.ts";

function decode(bytes: Uint8Array, maxBytes: number): string {
  if (bytes.length > maxBytes) throw sizeExceeded(maxBytes);
  const malformed = (cause: unknown) =>
    new CanonError("json-utf8", "bytes are not valid UTF-8; send JSON as UTF-8", undefined, { cause });
  return translated(() => fromUtf8(bytes), malformed);
}

// RFC 8259 section 2: space, tab, line feed, carriage return, and no other white space.
function skipSpace(cursor: Cursor): number {
  const { text } = cursor;
  let { at } = cursor;
  let unit = text.charCodeAt(at);
  if (unit > 0x20) return unit;
  while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) unit = text.charCodeAt(++at);
  cursor.at = at;
  return unit;
}

function parseArray(cursor: Cursor, depth: number): Json[] {
  if (depth >= cursor.maxDepth) refuseDepth(cursor.maxDepth, cursor.path, depth);
  const items: Json[] = [];
  cursor.at++;
  if (skipSpace(cursor) === 0x5d) {
    cursor.at++;
    return items;
  }
  for (;;) {
    cursor.path[depth] = items.length;
    items.push(parseValue(cursor, depth + 1));
    const unit = skipSpace(cursor);
    if (unit !== 0x2c && unit !== 0x5d) syntax(cursor, depth, '"," or "]"');
    cursor.at++;
    if (unit === 0x5d) return items;
  }
}

function parseObject(cursor: Cursor, depth: number): JsonObject {
  if (depth >= cursor.maxDepth) refuseDepth(cursor.maxDepth, cursor.path, depth);
  const object: JsonObject = {};
  cursor.at++;
  if (skipSpace(cursor) === 0x7d) {
    cursor.at++;
    return object;
  }
  for (;;) {
    if (skipSpace(cursor) !== 0x22) syntax(cursor, depth, "a key in double quotes");
    const key = scanString(cursor, depth);
    cursor.path[depth] = key;
    if (isForbiddenKey(key)) refuse("key-forbidden", cursor.path, depth + 1);
    if (Object.hasOwn(object, key)) refuse("json-duplicate-key", cursor.path, depth + 1);
    if (skipSpace(cursor) !== 0x3a) syntax(cursor, depth + 1, '":"');
    cursor.at++;
    object[key] = parseValue(cursor, depth + 1);
    const unit = skipSpace(cursor);
    if (unit !== 0x2c && unit !== 0x7d) syntax(cursor, depth, '"," or "}"');
    cursor.at++;
    if (unit === 0x7d) return object;
  }
}

function parseWord<T extends Json>(cursor: Cursor, depth: number, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) syntax(cursor, depth, "a JSON value");
  cursor.at += word.length;
  return value;
}

function parseValue(cursor: Cursor, depth: number): Json {
  switch (skipSpace(cursor)) {
    case 0x22:
      return scanString(cursor, depth);
    case 0x7b:
      return parseObject(cursor, depth);
    case 0x5b:
      return parseArray(cursor, depth);
    case 0x74:
      return parseWord(cursor, depth, "true", true);
    case 0x66:
      return parseWord(cursor, depth, "false", false);
    case 0x6e:
      return parseWord(cursor, depth, "null", null);
    default: {
      const value = scanNumber(cursor, depth);
      if (isInexactInteger(value)) refuse("number-range", cursor.path, depth);
      return value;
    }
  }
}

/**
 * The value of a JSON text (RFC 8259), refusing by code and path what another reader might understand differently:
 * duplicate keys, lone surrogates raw or escaped, integers beyond ±(2^53 − 1), numbers beyond a double, the keys
 * `__proto__`, `constructor` and `prototype`, a byte order mark, invalid UTF-8, and more depth or bytes than the limits.
 * What it returns is what {@link serialize} accepts.
 */
export function parseJson(input: string | Uint8Array, limits?: Limits): Json {
  const { maxBytes, maxDepth } = resolveLimits(limits);
  const text = typeof input === "string" ? input : decode(input, maxBytes);
  if (typeof input === "string") requireSize(text, maxBytes);
  if (text.charCodeAt(0) === 0xfeff) {
    throw new CanonError("json-byte-order-mark", "text begins with a byte order mark; remove it");
  }
  const cursor: Cursor = {
    text,
    wellFormed: text.isWellFormed(),
    plain: !CONTROL.test(text),
    maxDepth,
    at: 0,
    backslash: -1,
    path: [],
  };
  const value = parseValue(cursor, 0);
  skipSpace(cursor);
  if (cursor.at < text.length) syntax(cursor, 0, "the end");
  return value;
}
