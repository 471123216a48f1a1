import { concatBytes } from "@sigil/crypto/bytes";
import { CanonError } from "../error.ts";
import { requireHash } from "../merkle/range.ts";
import { TILE_WIDTH } from "./path.ts";

const HASH_BYTES = 32;
const MAX_ENTRY_BYTES = 0xffff;

function malformed(why: string): CanonError {
  return new CanonError("tile-malformed", why);
}

function requireWidth(width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw malformed(`a tile has 1 to ${TILE_WIDTH} items, not ${width}`);
}

/** The bytes of a tile: its hashes, one after the other. */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  requireWidth(hashes.length);
  for (const hash of hashes) requireHash(hash, "tile hash");
  return concatBytes(...hashes);
}

/** The hashes of a tile of exactly `width` hashes; `tile-malformed` otherwise. */
export function decodeTile(bytes: Uint8Array, width: number): Uint8Array[] {
  requireWidth(width);
  if (bytes.length !== width * HASH_BYTES)
    throw malformed(`tile has ${bytes.length} bytes; ${width} hashes have ${width * HASH_BYTES}`);
  return Array.from({ length: width }, (_, n) => bytes.slice(n * HASH_BYTES, (n + 1) * HASH_BYTES));
}

/** The bytes of an entry bundle: each entry after its length as u16 big-endian; `entry-too-long` beyond 65535 bytes. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  requireWidth(entries.length);
  return concatBytes(
    ...entries.flatMap((entry, n) => {
      if (entry.length > MAX_ENTRY_BYTES) {
        const message = `entry ${n} has ${entry.length} bytes; the limit is ${MAX_ENTRY_BYTES}`;
        throw new CanonError("entry-too-long", message);
      }
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** The entries of a bundle of exactly `width` entries; `tile-malformed` otherwise. */
export function decodeEntries(bytes: Uint8Array, width: number): Uint8Array[] {
  requireWidth(width);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (entries.length === width) throw malformed(`entry bundle goes on after its ${width} entries`);
    const begin = at + 2;
    // A missing second byte reads as undefined, and the entry then ends beyond the bytes.
    const end = begin + (((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0));
    if (end > bytes.length) throw malformed(`entry bundle ends inside entry ${entries.length}`);
    entries.push(bytes.slice(begin, end));
    at = end;
  }
  if (entries.length !== width)
    throw malformed(`entry bundle has ${entries.length} entries; expected ${width}`);
  return entries;
}
