// UTF-8 in plain ECMAScript, for engines without the Encoding API, such as QuickJS. WHATWG Encoding section 8.1.1.

/** The UTF-8 bytes of well-formed text. */
export function encodeUtf8(text: string): Uint8Array {
  // A UTF-16 unit takes three bytes at most.
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    const continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    // 110, 1110 or 11110 before the highest bits, 10 before each six of the rest.
    bytes[at++] = ((0xff << (7 - continuations)) & 0xff) | (code >> (6 * continuations));
    for (let left = continuations - 1; left >= 0; left--) bytes[at++] = 0x80 | ((code >> (6 * left)) & 0x3f);
  }
  return bytes.slice(0, at);
}

// By the first byte: how many bytes follow, and the range of the next, which shuts out second spellings, surrogates and
// what is beyond U+10FFFF.
function following(first: number): readonly [count: number, least: number, most: number] {
  if (first < 0xc2 || first > 0xf4) throw new RangeError(`0x${first.toString(16)} begins no character`);
  if (first < 0xe0) return [1, 0x80, 0xbf];
  if (first < 0xf0) return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
  return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
}

/** The text of valid UTF-8, a byte order mark kept; a RangeError otherwise. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++] as number;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const [count, least, most] = following(first);
    let code = first & (0x3f >> count);
    for (let i = 0; i < count; i++) {
      const next = bytes[at++] ?? 0;
      if (next < (i === 0 ? least : 0x80) || next > (i === 0 ? most : 0xbf))
        throw new RangeError(`byte ${at - 1} continues no character`);
      code = (code << 6) | (next & 0x3f);
    }
    text += String.fromCodePoint(code);
  }
  return text;
}
