import type { CanonRecord } from "@sigil/canon";
import { type RuntimeValues, runtimeRefusal } from "@sigil/service";
import { checkPayload, WireError } from "@sigil/wire";
import { invalidRecord, Versions } from "./versions.ts";

/** The settings that records set, over those of the start; version 0 sets none. */
export class Settings {
  readonly versions = new Versions<RuntimeValues>("config.change", {});

  /** What records set now. */
  get values(): RuntimeValues {
    return this.versions.inForce.value;
  }

  /**
   * Follows one record at its leaf; other kinds are ignored, and so is one that was absorbed before.
   * @throws ControlPlaneError `governing-record-invalid`
   */
  absorb(record: CanonRecord, leaf: number): void {
    const { id, kind, payload } = record;
    if (kind !== "config.change" || this.versions.knows(id)) return;
    try {
      const { version, values } = checkPayload("config.change", payload);
      const why = runtimeRefusal(values);
      if (why !== undefined) throw invalidRecord(kind, id, why.detail);
      this.versions.add(version, values as RuntimeValues, record, leaf);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw invalidRecord(kind, id, error.message, error);
    }
  }
}
