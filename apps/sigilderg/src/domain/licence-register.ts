import type { CanonRecord } from "@sigil/canon";

export type LicenceState = "recorded" | "unrecorded" | "revoked";

/** What the records say about licences: which were issued, which revoked, and the highest serial of each subject. */
export class LicenceRegister {
  readonly #issued = new Map<string, { readonly sub: string; readonly serial: number }>();
  readonly #revoked = new Set<string>();
  readonly #highest = new Map<string, number>();

  /** Follows one record; every kind but licences is ignored. Absorbing a record twice changes nothing. */
  absorb(record: Pick<CanonRecord, "kind" | "payload">): void {
    const { jti, sub, serial } = record.payload;
    if (typeof jti !== "string") return;
    if (record.kind === "license.revoke") this.#revoked.add(jti);
    if (record.kind !== "license.issue" || typeof sub !== "string" || typeof serial !== "number") return;
    this.#issued.set(jti, { sub, serial });
    this.#highest.set(sub, Math.max(serial, this.#highest.get(sub) ?? serial));
  }

  state(jti: string): LicenceState {
    if (this.#revoked.has(jti)) return "revoked";
    return this.#issued.has(jti) ? "recorded" : "unrecorded";
  }

  /** Undefined for a subject that never had a licence. A lower serial is superseded. */
  highestSerial(sub: string): number | undefined {
    return this.#highest.get(sub);
  }

  get size(): number {
    return this.#issued.size;
  }
}
