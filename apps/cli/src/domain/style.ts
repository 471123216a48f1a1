/** How words stand out. Without colour every function is the identity, so that text is the same for a pipe. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
}

const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const same = (text: string) => text;

export const PLAIN: Style = { bold: same, dim: same, good: same, bad: same, warn: same };
const COLOUR: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
  warn: sgr(33, 39),
};

/** Colour only on a terminal, and never when NO_COLOR is set to anything (no-color.org) or TERM is dumb. */
export function styleFor(tty: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  return tty && !env.NO_COLOR && env.TERM !== "dumb" ? COLOUR : PLAIN;
}

// Control characters, and the marks that reorder text: in what others wrote they would move the cursor, recolour or
// rearrange what the operator reads, so they are shown as escapes. Newline and tab stay.
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text of unknown origin, safe to print on a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text on one line in which nothing is hidden: every character that nobody sees stands there by its number. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}
