/** A generator of 32 random bits that a seed repeats (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

// Pieces on which readers of text formats stumble.
const PIECES = [
  ...[
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\n\n",
    "— ",
    " ",
    "+",
    "=",
    "-",
    "0",
    "1e999",
    "1e-999",
    "null",
  ],
  ...[
    "9007199254740993",
    "\\ud800",
    "\\u0000",
    "__proto__",
    "constructor",
    '"v":1,',
    "sha256:",
    "\ufeff",
    "\u0000",
    "\ud83d\ude00",
  ],
].map((text) => new TextEncoder().encode(text));
const BYTES = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]].map((list) =>
  Uint8Array.from(list),
);
const ALL = [...PIECES, ...BYTES];

function splice(data: Uint8Array, from: number, to: number, between: Uint8Array): Uint8Array {
  const result = new Uint8Array(data.length - (to - from) + between.length);
  result.set(data.subarray(0, from));
  result.set(between, from);
  result.set(data.subarray(to), from + between.length);
  return result;
}

type Change = (data: Uint8Array, other: Uint8Array, draw: (below: number) => number) => Uint8Array;
const CHANGES: readonly Change[] = [
  // a flipped bit
  (data, _, draw) => {
    const copy = Uint8Array.from(data);
    const at = draw(copy.length);
    if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << draw(8));
    return copy;
  },
  // another byte
  (data, _, draw) => {
    const copy = Uint8Array.from(data);
    if (copy.length > 0) copy[draw(copy.length)] = draw(256);
    return copy;
  },
  // a piece that readers stumble on
  (data, _, draw) => {
    const at = draw(data.length + 1);
    return splice(data, at, at, ALL[draw(ALL.length)] as Uint8Array);
  },
  // a cut
  (data, _, draw) => {
    const from = draw(data.length + 1);
    return splice(data, from, Math.min(data.length, from + draw(32)), new Uint8Array());
  },
  // a part again
  (data, _, draw) => {
    const from = draw(data.length + 1);
    const part = data.subarray(from, from + draw(64));
    const at = draw(data.length + 1);
    return splice(data, at, at, part);
  },
  // a part of another input
  (data, other, draw) => {
    const from = draw(other.length + 1);
    const at = draw(data.length + 1);
    return splice(data, at, Math.min(data.length, at + draw(32)), other.subarray(from, from + draw(128)));
  },
  // a piece many times
  (data, _, draw) => {
    const piece = ALL[draw(ALL.length)] as Uint8Array;
    const times = 1 + draw(400);
    const run = new Uint8Array(piece.length * times);
    for (let i = 0; i < times; i++) run.set(piece, i * piece.length);
    const at = draw(data.length + 1);
    return splice(data, at, at, run);
  },
];

/** One to eight random changes of `data`, at most `most` bytes. */
export function mutate(data: Uint8Array, other: Uint8Array, random: () => number, most: number): Uint8Array {
  const draw = (below: number) => (below === 0 ? 0 : random() % below);
  let result = data;
  for (let left = 1 << draw(4); left > 0; left--) {
    const change = CHANGES[draw(CHANGES.length)] as Change;
    result = change(result, other, draw);
  }
  return result.subarray(0, most);
}
