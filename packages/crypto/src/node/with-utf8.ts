import { requireWellFormed, utf8 } from "../encoding/text.ts";

const SCRATCH_BYTES = 16_384;
const encoder = new TextEncoder();
let scratch: Uint8Array | undefined;

/**
 * What `use` makes of the UTF-8 bytes of `text`, which it may not keep: they are wiped when it returns. For hashing and
 * signing, which then need no array of their own. Throws `utf8-malformed` as {@link utf8}.
 */
export function withUtf8<T>(text: string, use: (bytes: Uint8Array) => T): T {
  if (text.length * 3 > SCRATCH_BYTES) return use(utf8(text));
  // Text that was put together from pieces is encoded four times faster into bytes that are there already. They are taken
  // away meanwhile, so that `use` may come here again.
  const bytes = scratch ?? new Uint8Array(SCRATCH_BYTES);
  scratch = undefined;
  const { written } = encoder.encodeInto(text, bytes);
  try {
    // As many bytes as units is ASCII, where no surrogate is.
    if (written !== text.length) requireWellFormed(text);
    return use(bytes.subarray(0, written));
  } finally {
    bytes.fill(0, 0, written);
    scratch = bytes;
  }
}
