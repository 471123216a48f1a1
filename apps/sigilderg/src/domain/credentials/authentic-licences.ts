import type { VerifyKey } from "@sigil/crypto";
import { authenticLicence, type LicenceClaims } from "@sigil/policy";

interface Remembered {
  readonly claims: LicenceClaims;
  readonly issuer: VerifyKey;
}

/**
 * Licences whose signature was verified, so that the same bytes are not verified again. Only what cannot change is
 * remembered: time, revocation, supersession and bindings are asked on every request, and a licence counts only while the
 * very key that signed it is pinned.
 *
 * Memory is bounded: only licences of a pinned issuer enter, at most `capacity` of them, and the least recently used is
 * forgotten first.
 */
export class AuthenticLicences {
  readonly #capacity: number;
  readonly #known = new Map<string, Remembered>();
  #last: Remembered | undefined;

  constructor(capacity = 1_024) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * The claims of an authentic licence; at once where they are remembered.
   * @throws PolicyError as `authenticLicence`; a refusal is not remembered
   */
  claimsOf(token: string, issuers: ReadonlyMap<string, VerifyKey>): LicenceClaims | Promise<LicenceClaims> {
    const known = this.#known.get(token);
    if (known !== undefined && issuers.get(known.claims.iss) === known.issuer) {
      // Re-insertion keeps the map in order of last use; the last one used is at its end already.
      if (known !== this.#last) {
        this.#known.delete(token);
        this.#known.set(token, known);
        this.#last = known;
      }
      return known.claims;
    }
    this.#known.delete(token);
    return this.#verified(token, issuers);
  }

  async #verified(token: string, issuers: ReadonlyMap<string, VerifyKey>): Promise<LicenceClaims> {
    const claims = await authenticLicence(token, issuers);
    const issuer = issuers.get(claims.iss);
    if (issuer !== undefined) {
      this.#last = { claims, issuer };
      this.#known.set(token, this.#last);
    }
    if (this.#known.size > this.#capacity) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    return claims;
  }
}
