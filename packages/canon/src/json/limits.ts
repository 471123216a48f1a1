import { CanonError } from "../error.ts";

/** How much is accepted. */
export interface Limits {
  /** UTF-8 bytes of the text or of the canonical form; 65536 unless given. */
  readonly maxBytes?: number;
  /** Nested objects and arrays; `[]` has depth 1; 32 unless given, 512 at most. */
  readonly maxDepth?: number;
}

export const DEFAULT_MAX_BYTES = 65_536;
export const DEFAULT_MAX_DEPTH = 32;
// The passes recurse: this bound keeps them far from the end of any stack.
const DEEPEST = 512;

/** The limits with their defaults; `limit-out-of-range` when a limit is itself unusable. */
export function resolveLimits(limits: Limits | undefined): { maxBytes: number; maxDepth: number } {
  const maxBytes = limits?.maxBytes ?? DEFAULT_MAX_BYTES;
  const maxDepth = limits?.maxDepth ?? DEFAULT_MAX_DEPTH;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
    throw new CanonError("limit-out-of-range", `maxBytes is ${maxBytes}; give a non-negative integer`);
  }
  if (!Number.isSafeInteger(maxDepth) || maxDepth < 0 || maxDepth > DEEPEST) {
    throw new CanonError(
      "limit-out-of-range",
      `maxDepth is ${maxDepth}; give an integer from 0 to ${DEEPEST}`,
    );
  }
  return { maxBytes, maxDepth };
}

/** The number of UTF-8 bytes of well-formed text. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate pair is two units and four bytes: each half counts two.
    if (unit > 0x7f) length += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return length;
}

/** Throws `size-exceeded` when the UTF-8 form of `text` is longer than `maxBytes`. */
export function requireSize(text: string, maxBytes: number): void {
  // A UTF-16 unit is one to three bytes, so most texts need no count.
  if (text.length * 3 <= maxBytes) return;
  const length = text.length > maxBytes ? text.length : utf8Length(text);
  if (length > maxBytes) throw sizeExceeded(maxBytes);
}

export function sizeExceeded(maxBytes: number): CanonError {
  return new CanonError("size-exceeded", `JSON is longer than the limit of ${maxBytes} bytes; send less`);
}
