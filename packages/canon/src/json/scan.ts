import { type Cursor, syntax } from "./cursor.ts";
import { refuse } from "./refuse.ts";

/** Anything below U+0020. */
export const CONTROL = /[^ -\uffff]/;

const ESCAPES: Record<number, string> = {
  34: '"',
  92: "\\",
  47: "/",
  98: "\b",
  102: "\f",
  110: "\n",
  114: "\r",
  116: "\t",
};

function scanEscape(cursor: Cursor, depth: number): string {
  const { text } = cursor;
  const simple = ESCAPES[text.charCodeAt(cursor.at + 1)];
  if (simple !== undefined) {
    cursor.at += 2;
    return simple;
  }
  const hex = text.slice(cursor.at + 2, cursor.at + 6);
  if (text[cursor.at + 1] !== "u" || !/^[0-9A-Fa-f]{4}$/.test(hex))
    syntax(cursor, depth, "an escape of RFC 8259");
  cursor.at += 6;
  return String.fromCharCode(Number.parseInt(hex, 16));
}

// A string with at least one escape, from the character after the opening quote.
function scanEscaped(cursor: Cursor, depth: number): string {
  const { text } = cursor;
  let value = "";
  let from = cursor.at;
  for (;;) {
    const unit = text.charCodeAt(cursor.at);
    if (unit === 0x22) {
      value += text.slice(from, cursor.at);
      cursor.at++;
      return value;
    }
    if (unit === 0x5c) {
      value += text.slice(from, cursor.at);
      value += scanEscape(cursor, depth);
      from = cursor.at;
    } else if (unit >= 0x20) {
      cursor.at++;
    } else {
      // A control character, or NaN at the end of the text.
      syntax(cursor, depth, "a string without raw control characters, closed by a double quote");
    }
  }
}

/** The string at the cursor, which stands on its opening quote. A lone surrogate, raw or escaped, is refused. */
export function scanString(cursor: Cursor, depth: number): string {
  const { text } = cursor;
  const from = cursor.at + 1;
  const quote = text.indexOf('"', from);
  if (cursor.backslash < from) cursor.backslash = text.indexOf("\\", from) >>> 0;
  if (quote >= 0 && quote < cursor.backslash) {
    const value = text.slice(from, quote);
    if (cursor.plain || !CONTROL.test(value)) {
      if (!cursor.wellFormed && !value.isWellFormed()) refuse("lone-surrogate", cursor.path, depth);
      cursor.at = quote + 1;
      return value;
    }
  }
  cursor.at = from;
  const value = scanEscaped(cursor, depth);
  if (!value.isWellFormed()) refuse("lone-surrogate", cursor.path, depth);
  return value;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function skipDigits(cursor: Cursor, depth: number): void {
  const { text } = cursor;
  if (!isDigit(text.charCodeAt(cursor.at))) syntax(cursor, depth, "a digit");
  do cursor.at++;
  while (isDigit(text.charCodeAt(cursor.at)));
}

/** The number at the cursor, by the grammar of RFC 8259 section 6. Overflow to infinity and underflow to 0 are refused. */
export function scanNumber(cursor: Cursor, depth: number): number {
  const { text } = cursor;
  const from = cursor.at;
  let unit = text.charCodeAt(from);
  if (unit !== 0x2d && !isDigit(unit)) syntax(cursor, depth, "a JSON value");
  if (unit === 0x2d) unit = text.charCodeAt(++cursor.at);
  if (unit === 0x30) cursor.at++;
  else skipDigits(cursor, depth);
  let integer = true;
  if (text.charCodeAt(cursor.at) === 0x2e) {
    integer = false;
    cursor.at++;
    skipDigits(cursor, depth);
  }
  unit = text.charCodeAt(cursor.at);
  if (unit === 0x65 || unit === 0x45) {
    integer = false;
    unit = text.charCodeAt(++cursor.at);
    if (unit === 0x2b || unit === 0x2d) cursor.at++;
    skipDigits(cursor, depth);
  }
  const literal = text.slice(from, cursor.at);
  const value = Number(literal);
  if (!Number.isFinite(value)) refuse("number-not-finite", cursor.path, depth);
  if (integer && !Number.isSafeInteger(value)) refuse("number-range", cursor.path, depth);
  if (value === 0 && !integer && /^-?[0.]*[1-9]/.test(literal))
    refuse("number-underflow", cursor.path, depth);
  return value;
}
