import type { PinnedKey, TrustFile } from "@sigil/canon";
import { ROTATED_ROLES } from "@sigil/canon";

/**
 * The trust file that this process believes, renewed while it runs: the store lists a key that it rotated there. A renewal
 * counts only when it extends what was believed: the same log, and every key that was pinned still there from the same leaf
 * on, ended by the next one at most.
 */
export class PinnedTrust {
  readonly #read: () => TrustFile;
  #current: TrustFile;

  constructor(read: () => TrustFile) {
    this.#read = read;
    this.#current = read();
  }

  get current(): TrustFile {
    return this.#current;
  }

  /** Reads the file again; true when it says more than before and extends it. */
  renew(): boolean {
    const next = this.#read();
    if (!extendsTrust(this.#current, next)) return false;
    this.#current = next;
    return true;
  }
}

function extendsTrust(before: TrustFile, next: TrustFile): boolean {
  const grown = ROTATED_ROLES.some((role) => next.keys[role].length > before.keys[role].length);
  // Issuers are followed by the records; the file is asked for them at a start only.
  const rest = ({ keys: { log: _log, record: _record, issuer: _issuer, ...keys }, ...trust }: TrustFile) =>
    JSON.stringify({ ...trust, keys });
  return (
    grown &&
    rest(next) === rest(before) &&
    ROTATED_ROLES.every((role) => before.keys[role].every((pin, at) => continues(pin, next.keys[role], at)))
  );
}

function continues(pin: PinnedKey, next: readonly PinnedKey[], at: number): boolean {
  const same = next[at];
  if (same === undefined || same.publicKey !== pin.publicKey || same.from !== pin.from) return false;
  return same.to === pin.to || (pin.to === null && same.to === next[at + 1]?.from);
}
