import {
  AeadKey,
  aeadOpen,
  aeadSeal,
  hkdfSha256,
  randomBytes,
  Secret,
  toBase64url,
  utf8,
} from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import { StoreError } from "./error.ts";
import type { RootKeys } from "./keys.ts";
import type { WrappedKek } from "./storage.ts";

/** A key that wraps the keys of records. Its id is derived from it: a ring cannot be relabelled. */
export interface Kek {
  readonly id: string;
  readonly key: AeadKey;
}

const DOMAIN = "SIGIL-KEK-V1";

// 16 bytes of HKDF: an id says which key it is and nothing about the key.
function kekId(bytes: Uint8Array): string {
  return toBase64url(hkdfSha256(bytes, new Uint8Array(0), utf8("SIGIL-KEK-ID-V1"), 16));
}

/** A fresh KEK and its stored form: AES-256-GCM under the root's wrapping key, bound to origin and id. */
export function createKek(root: RootKeys, createdAt: string): WrappedKek {
  const bytes = randomBytes(32);
  const id = kekId(bytes);
  const wrapped = aeadSeal(root.wrapping, bytes, [DOMAIN, root.origin, id]);
  bytes.fill(0);
  return { id, wrapped, createdAt, active: true };
}

/**
 * NIST SP 800-38D section 8.3: at most 2^32 encryptions with random 96-bit nonces under one AES-GCM key. A margin of 2^20
 * covers what failed commits and crashes wrapped without being counted. (A DEK encrypts once, and the root's wrapping
 * key once for each KEK.)
 */
export const KEK_WRAP_LIMIT = 2 ** 32 - 2 ** 20;

/** All KEKs of a store, opened. The one that seals new records changes when it is rotated. */
export class KekRing {
  #active: Kek;
  #wraps = 0;
  readonly #keks: Map<string, Kek>;

  /** Throws `kek-damaged` when a KEK does not open, is not the one of its id, or when not exactly one is active. */
  constructor(root: RootKeys, stored: readonly WrappedKek[]) {
    const keks = new Map<string, Kek>();
    for (const { id, wrapped } of stored) keks.set(id, openKek(root, id, wrapped));
    const active = stored.filter((kek) => kek.active).map((kek) => keks.get(kek.id));
    const [only] = active;
    if (only === undefined || active.length !== 1) {
      throw new StoreError(
        "kek-damaged",
        `the store has ${active.length} active KEKs; it must have exactly one`,
      );
    }
    this.#active = only;
    this.#keks = keks;
  }

  /** The KEK of new records. */
  get active(): Kek {
    return this.#active;
  }

  /** Begins counting where the store's own count of the active KEK stands. */
  counted(wraps: number): void {
    this.#wraps = wraps;
  }

  /**
   * The active KEK for wrapping so many keys, one unless told. Throws `kek-exhausted` beyond {@link KEK_WRAP_LIMIT}: rotating
   * is the remedy.
   */
  forWrapping(keys = 1): Kek {
    if (this.#wraps + keys > KEK_WRAP_LIMIT) {
      throw new ProblemError(
        "kek-exhausted",
        `KEK ${this.#active.id} has wrapped ${this.#wraps} keys, its limit`,
      );
    }
    this.#wraps += keys;
    return this.#active;
  }

  /** Opens a stored KEK and makes it the active one. */
  adopt(root: RootKeys, { id, wrapped }: WrappedKek): void {
    this.#active = openKek(root, id, wrapped);
    this.#keks.set(id, this.#active);
    this.#wraps = 0;
  }

  /** Lets go of a KEK that is destroyed. */
  forget(id: string): void {
    if (id !== this.#active.id) this.#keks.delete(id);
  }

  get(id: string): Kek | undefined {
    return this.#keks.get(id);
  }

  get ids(): string[] {
    return [...this.#keks.keys()];
  }
}

function openKek(root: RootKeys, id: string, wrapped: Uint8Array): Kek {
  let bytes: Uint8Array;
  try {
    bytes = aeadOpen(root.wrapping, wrapped, [DOMAIN, root.origin, id]);
  } catch (cause) {
    throw new StoreError("kek-damaged", `KEK ${id} does not open under the root key`, { cause });
  }
  if (kekId(bytes) !== id) throw new StoreError("kek-damaged", `KEK ${id} is another key than its id says`);
  const kek = { id, key: AeadKey.from(Secret.from(bytes)) };
  bytes.fill(0);
  return kek;
}
