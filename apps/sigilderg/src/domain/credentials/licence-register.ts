import type { CanonRecord } from "@sigil/canon";
import type { LicenceEntry } from "@sigil/wire";

export type LicenceState = "recorded" | "unrecorded" | "revoked";

type Recorded = Omit<LicenceEntry, "state" | "reason">;

/** What the records say about licences: which were issued, which revoked, and the highest serial of each subject. */
export class LicenceRegister {
  /** In the order of the records. */
  readonly #issued = new Map<string, Recorded>();
  /** The reason by the licence's id. */
  readonly #revoked = new Map<string, string>();
  readonly #highest = new Map<string, number>();

  /** Follows one record; every kind but licences is ignored. Absorbing a record twice changes nothing. */
  absorb(record: Pick<CanonRecord, "kind" | "payload">): void {
    const { jti, reason } = record.payload;
    if (record.kind === "license.revoke" && typeof jti === "string") this.#revoked.set(jti, String(reason));
    if (record.kind !== "license.issue") return;
    const issued = record.payload as unknown as Recorded;
    if (typeof jti !== "string" || typeof issued.sub !== "string" || typeof issued.serial !== "number")
      return;
    this.#issued.set(jti, issued);
    this.#highest.set(issued.sub, Math.max(issued.serial, this.#highest.get(issued.sub) ?? issued.serial));
  }

  state(jti: string): LicenceState {
    if (this.#revoked.has(jti)) return "revoked";
    return this.#issued.has(jti) ? "recorded" : "unrecorded";
  }

  /** The subject of a recorded licence. */
  subjectOf(jti: string): string | undefined {
    return this.#issued.get(jti)?.sub;
  }

  /** Undefined for a subject that never had a licence. A lower serial is superseded. */
  highestSerial(sub: string): number | undefined {
    return this.#highest.get(sub);
  }

  /** Every recorded licence, or those of one subject, as it stands at `now` (milliseconds), in the order of the records. */
  list(now: number, sub?: string): LicenceEntry[] {
    const found = [...this.#issued.values()].filter((licence) => sub === undefined || licence.sub === sub);
    return found.map((licence) => {
      const reason = this.#revoked.get(licence.jti);
      return {
        ...licence,
        state: this.#stateAt(licence, now),
        ...(reason === undefined ? {} : { reason }),
      };
    });
  }

  get size(): number {
    return this.#issued.size;
  }

  #stateAt({ jti, sub, serial, exp }: Recorded, now: number): LicenceEntry["state"] {
    if (this.#revoked.has(jti)) return "revoked";
    if (serial < (this.#highest.get(sub) ?? serial)) return "superseded";
    return now / 1000 >= exp ? "expired" : "current";
  }
}
