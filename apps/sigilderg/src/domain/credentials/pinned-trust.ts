import type { PinnedKey, TrustFile } from "@sigil/canon";
import { ROTATED_ROLES } from "@sigil/canon";

/**
 * The trust file that this process believes, renewed while it runs: the store lists a key that it rotated there, and the
 * ceremony. A renewal counts only when it extends what was believed: the same log, every key that was pinned still there from
 * the same leaf on, ended by the next one at most, and as ceremony none but the one that the records prove.
 */
export class PinnedTrust {
  readonly #read: () => TrustFile;
  #current: TrustFile;
  #proved: () => string | undefined = () => undefined;

  constructor(read: () => TrustFile) {
    this.#read = read;
    this.#current = read();
  }

  get current(): TrustFile {
    return this.#current;
  }

  /** Names who knows the ceremony that this control plane decided, by its record hash; until then none is followed. */
  follow(proved: () => string | undefined): void {
    this.#proved = proved;
  }

  /** Whether the file lacks the ceremony that the records prove. */
  get behind(): boolean {
    const proved = this.#proved();
    return proved !== undefined && this.#current.quorum.ceremony !== proved;
  }

  /** Reads the file again; true when it says more than before and extends it. */
  renew(): boolean {
    const next = this.#read();
    if (!extendsTrust(this.#current, next, this.#proved())) return false;
    this.#current = next;
    return true;
  }
}

function extendsTrust(before: TrustFile, next: TrustFile, proved: string | undefined): boolean {
  const grown = ROTATED_ROLES.some((role) => next.keys[role].length > before.keys[role].length);
  const enters = before.quorum.ceremony === null && next.quorum.ceremony !== null;
  if (enters && (next.quorum.mode !== "quorum" || next.quorum.ceremony !== proved)) return false;
  // Issuers are followed by the records; the file is asked for them at a start only.
  const rest = ({ keys: { log: _log, record: _record, issuer: _issuer, ...keys }, ...trust }: TrustFile) =>
    JSON.stringify({ ...trust, keys, quorum: enters ? next.quorum : trust.quorum });
  return (
    (grown || enters) &&
    rest(next) === rest(before) &&
    ROTATED_ROLES.every((role) => before.keys[role].every((pin, at) => continues(pin, next.keys[role], at)))
  );
}

function continues(pin: PinnedKey, next: readonly PinnedKey[], at: number): boolean {
  const same = next[at];
  if (same === undefined || same.publicKey !== pin.publicKey || same.from !== pin.from) return false;
  return same.to === pin.to || (pin.to === null && same.to === next[at + 1]?.from);
}
