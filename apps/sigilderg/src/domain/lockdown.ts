import type { CanonRecord } from "@sigil/canon";

/** The records that lockdown is made of: an epoch that a restore opened begins with one. */
export const LOCKDOWN_KINDS = ["system.lockdown", "system.epoch"] as const;

/** A lockdown that is in force, by the record that it began with. */
export interface InForce {
  readonly record: string;
  readonly since: string;
  readonly by: string;
  readonly reason: string;
}

/** Whether the runtime is in lockdown, by the newest record that says so. */
export class Lockdown {
  #leaf = -1;
  #inForce: InForce | undefined;

  get inForce(): InForce | undefined {
    return this.#inForce;
  }

  /** Follows one record at its leaf; records may come in any order, and twice. */
  absorb({ id, kind, ts, author, payload }: CanonRecord, leaf: number): void {
    if (leaf <= this.#leaf || !LOCKDOWN_KINDS.some((known) => known === kind)) return;
    this.#leaf = leaf;
    const begun = { record: id, since: ts, by: author.principal };
    if (kind === "system.epoch") {
      const reason = `the store was restored from a backup: epoch ${String(payload.epoch)} begins`;
      this.#inForce = { ...begun, reason };
      return;
    }
    this.#inForce = payload.state === "left" ? undefined : { ...begun, reason: String(payload.reason) };
  }
}
