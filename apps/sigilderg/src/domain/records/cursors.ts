import { canonicalBytes } from "@sigil/canon";
import { equalBytes, hkdfSha256, hmacSha256, type SigningKey, toBase64url, utf8 } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";

/** Under this the control plane's key signs the one message that the key of cursors is made of, and nothing else. */
const DOMAIN = "SIGIL-LIST-CURSOR-V1\n";
const TAG_BYTES = 16;

/**
 * Cursors of the lists that the control plane makes itself: a place, a dot, and a tag over it, the list and its filter. They
 * outlive the process: the HMAC key is derived from the service key (its Ed25519 signature, which is deterministic, over
 * {@link DOMAIN}, through HKDF-SHA-256), so none is kept anywhere.
 */
export class Cursors {
  readonly #key: Uint8Array;

  constructor(key: SigningKey) {
    this.#key = hkdfSha256(key.sign(utf8(DOMAIN)), new Uint8Array(0), utf8(DOMAIN), 32);
  }

  /** The cursor that continues a list behind a place, which holds no dot. */
  write(list: string, place: string, filter: object): string {
    return `${place}.${this.#tagOf(list, place, filter)}`;
  }

  /** The place of a cursor. @throws ProblemError `cursor-invalid` for one of another list, filter or runtime */
  read(list: string, cursor: string, filter: object): string {
    const dot = cursor.lastIndexOf(".");
    const place = cursor.slice(0, Math.max(0, dot));
    const [given, expected] = [cursor.slice(dot + 1), this.#tagOf(list, place, filter)].map(utf8);
    if (equalBytes(given as Uint8Array, expected as Uint8Array)) return place;
    throw new ProblemError("cursor-invalid", "the cursor was not issued for this list and filter");
  }

  #tagOf(list: string, place: string, filter: object): string {
    const bound = canonicalBytes({ list, place, filter: JSON.parse(JSON.stringify(filter)) });
    return toBase64url(hmacSha256(this.#key, bound).slice(0, TAG_BYTES));
  }
}

/** One page of a list that is all in memory, the oldest first: behind the cursor, at most `limit`. */
export function pageOf<T>(
  { cursors }: { readonly cursors: Cursors },
  list: string,
  all: readonly T[],
  { limit = 50, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): { readonly page: readonly T[]; readonly next: string | null } {
  const from = cursor === undefined ? 0 : Number(cursors.read(list, cursor, {}));
  const page = all.slice(from, from + limit);
  const end = from + page.length;
  return { page, next: end < all.length ? cursors.write(list, String(end), {}) : null };
}
