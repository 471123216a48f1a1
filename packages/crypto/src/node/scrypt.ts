import { scryptSync } from "node:crypto";
import { CryptoError } from "../error.ts";
import type { Secret } from "../secret.ts";
import { plain } from "./plain.ts";

/** Cost of scrypt (RFC 7914): N = 2^logN, block size r, parallelisation p. */
export interface ScryptParams {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** For random 256-bit machine secrets, where stretching adds nothing. */
export const MACHINE_SCRYPT: ScryptParams = { logN: 12, r: 8, p: 1 };
/** For passphrases that people choose: 128 MiB and about half a second. */
export const HUMAN_SCRYPT: ScryptParams = { logN: 17, r: 8, p: 1 };

const BOUNDS = { logN: [12, 20], r: [8, 8], p: [1, 4] } as const;

/** Throws `kdf-parameters` outside the bounds: too cheap protects nothing, too dear is a way to stop a reader. */
export function requireScryptParams(params: ScryptParams): void {
  for (const name of ["logN", "r", "p"] as const) {
    const value = params[name];
    const [least, most] = BOUNDS[name];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new CryptoError(
        "kdf-parameters",
        `scrypt ${name} is ${value}; it must be from ${least} to ${most}`,
      );
    }
  }
}

/** `length` bytes derived from a passphrase, RFC 7914. Synchronous: 5 ms at logN 12, half a second at 17. */
export function scrypt(
  passphrase: Secret,
  salt: Uint8Array,
  length: number,
  params: ScryptParams,
): Uint8Array {
  requireScryptParams(params);
  const { logN, r, p } = params;
  const N = 2 ** logN;
  const bytes = passphrase.reveal();
  const derived = scryptSync(bytes, salt, length, {
    N,
    r,
    p,
    maxmem: 128 * N * r + 128 * r * p + 1024 * 1024,
  });
  bytes.fill(0);
  return plain(derived);
}
