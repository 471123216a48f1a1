/** How deep brackets and block comments may nest: the parser's stack and its time grow with the depth. */
export const MAX_NESTING = 200;

/**
 * The offset at which a text nests deeper than {@link MAX_NESTING}, or -1. Strings, characters and comments are skipped the way
 * Rust reads them (The Rust Reference, Tokens), so that brackets inside them do not count.
 */
export function tooDeepAt(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x28: // (
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_NESTING) return at;
        break;
      case 0x29: // )
      case 0x5d: // ]
      case 0x7d: // }
        if (depth > 0) depth--;
        break;
      case 0x2f: // /
        if (text[at + 1] === "/") at = lineEnd(text, at);
        else if (text[at + 1] === "*") {
          const end = commentEnd(text, at);
          if (end < 0) return -end;
          at = end;
        }
        break;
      case 0x22: // "
        at = text[at - 1] === "r" || text[at - 1] === "#" ? rawEnd(text, at) : stringEnd(text, at);
        break;
      case 0x27: // '
        at = characterEnd(text, at);
    }
  }
  return -1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

/** Offset of the comment's last character, or the negated offset at which it nests too deep. */
function commentEnd(text: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth > MAX_NESTING) return -found.index;
    if (depth === 0) return found.index + 1;
  }
  return text.length;
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** A raw string ends with as many `#` as it began with. */
function rawEnd(text: string, start: number): number {
  let hashes = 0;
  while (text[start - 1 - hashes] === "#") hashes++;
  if (text[start - 1 - hashes] !== "r") return stringEnd(text, start);
  const end = text.indexOf(`"${"#".repeat(hashes)}`, start + 1);
  return end === -1 ? text.length : end + hashes;
}

/** `'x'` and `'\n'` are characters; `'a` without a closing quote is a lifetime. */
function characterEnd(text: string, start: number): number {
  if (text[start + 1] === "\\") {
    const end = text.indexOf("'", start + 3);
    return end === -1 || end > start + 12 ? start + 2 : end;
  }
  const width = (text.codePointAt(start + 1) ?? 0) > 0xffff ? 2 : 1;
  return text[start + 1 + width] === "'" ? start + 1 + width : start;
}
