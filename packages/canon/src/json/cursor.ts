import { CanonError } from "../error.ts";
import { formatPath } from "./path.ts";

/** The cursor of one parse. `path` holds the steps to the current value; entries beyond the depth are stale. */
export interface Cursor {
  readonly text: string;
  readonly wellFormed: boolean;
  /** Whether the text has no character below U+0020 at all: then no string needs to be looked through for one. */
  readonly plain: boolean;
  readonly maxDepth: number;
  at: number;
  /** Where the first backslash behind the last string is, or 2^32 − 1 when there is none. */
  backslash: number;
  readonly path: (string | number)[];
}

/** Refuses the text at the cursor. */
export function syntax(cursor: Cursor, depth: number, expected: string): never {
  const found = cursor.text.charCodeAt(cursor.at);
  const what = Number.isNaN(found) ? "the end" : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
  const message = `found ${what} at character ${cursor.at}; expected ${expected}`;
  throw new CanonError("json-syntax", message, formatPath(cursor.path.slice(0, depth)));
}
