import { MAX_NESTING, tooDeepAt } from "./nesting.ts";

/** The largest source text that is reviewed, in UTF-8 bytes. */
export const MAX_SOURCE_BYTES = 524_288;

/** A place in a source text, both 1-based; the column counts Unicode scalar values, as rustc does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a text cannot be reviewed at all. */
export interface SourceRefusal {
  readonly code: "source-empty" | "source-too-large" | "source-binary" | "source-too-deep";
  readonly detail: string;
}

/** The length of a text in UTF-8 bytes; a lone surrogate counts as three, like its replacement character. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Refuses by name what is no reviewable text: empty, over {@link MAX_SOURCE_BYTES}, or holding NUL or control bytes. */
export function refuseSource(text: string): SourceRefusal | null {
  if (text.trim() === "") {
    return { code: "source-empty", detail: "The source is empty; pass the text of one Rust file." };
  }
  const bytes = utf8Length(text);
  if (bytes > MAX_SOURCE_BYTES) {
    return {
      code: "source-too-large",
      detail: `The source has ${bytes} bytes and the limit is ${MAX_SOURCE_BYTES}; review its parts one at a time.`,
    };
  }
  const at = binaryOffset(text);
  if (at !== -1) {
    const unit = text.charCodeAt(at).toString(16).padStart(4, "0");
    return {
      code: "source-binary",
      detail: `The source holds the character U+${unit.toUpperCase()} at offset ${at}: it is binary data or not UTF-8, not Rust text.`,
    };
  }
  const deep = tooDeepAt(text);
  if (deep !== -1) {
    const { line, column } = new Source(text).position(deep);
    return {
      code: "source-too-deep",
      detail: `At ${line}:${column} brackets or comments nest deeper than ${MAX_NESTING}, which no reviewer follows; split the expression.`,
    };
  }
  return null;
}

function binaryOffset(text: string): number {
  let replacements = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d && unit !== 0x0c) return index;
    // A decoder that was handed other bytes than UTF-8 leaves U+FFFD everywhere; one or two may be meant.
    if (unit === 0xfffd && ++replacements > 8 && replacements * 50 > index) return index;
  }
  return -1;
}

/** A text with its line index. */
export class Source {
  readonly text: string;
  readonly #starts: number[] = [0];
  #last = { at: 0, column: 1 };

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  get lines(): number {
    return this.#starts.length;
  }

  /** The place of an offset in UTF-16 code units. Asking in rising order makes long lines cheap. */
  position(offset: number): Position {
    const line = this.#lineOf(offset);
    const start = this.#starts[line] ?? 0;
    const resumes = this.#last.at >= start && this.#last.at <= offset;
    let { at, column } = resumes ? this.#last : { at: start, column: 1 };
    for (; at < offset; at++) if (!isLowSurrogate(this.text.charCodeAt(at))) column++;
    this.#last = { at, column };
    return { line: line + 1, column };
  }

  /** Start of the line of an offset, and its end without the line break. */
  lineRange(offset: number): [number, number] {
    const line = this.#lineOf(offset);
    return [this.#starts[line] ?? 0, (this.#starts[line + 1] ?? this.text.length + 1) - 1];
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The text of a range on one line: white space collapsed, at most `max` characters with an ellipsis. */
  snippet(from: number, to: number, max = 80): string {
    return shorten(this.text.slice(from, Math.min(to, from + max * 8)), max);
  }

  /** The whole line of a range that lies within one line; a longer range is shown as it is, up to 640 characters. */
  shownRange(from: number, to: number): [number, number] {
    const [start, end] = this.lineRange(from);
    return end >= to && end - start <= 640 ? [start, end] : [from, Math.min(to, from + 640)];
  }
}

/** A text on one line: white space collapsed and trimmed, at most `max` characters, the last an ellipsis when cut. */
export function shorten(text: string, max: number): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  return characters.length <= max ? characters.join("") : `${characters.slice(0, max - 1).join("")}…`;
}
