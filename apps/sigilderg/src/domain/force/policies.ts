import type { CanonRecord } from "@sigil/canon";
import {
  type ActionRow,
  BUILT_IN_POLICY,
  checkInviolable,
  checkModel,
  makePolicy,
  type Policy,
  PolicyError,
  type TrustModel,
} from "@sigil/policy";
import { checkPayload, WireError } from "@sigil/wire";
import { invalidRecord, Versions } from "./versions.ts";

/** A table as a version holds it. */
export interface Table {
  readonly actions: readonly ActionRow[];
  readonly digest: string;
}

/** The action tables and trust models that there were, and the two that decide now. */
export class Policies {
  readonly tables = new Versions<Table>("policy.change", BUILT_IN_POLICY);
  readonly models = new Versions<TrustModel>("trust-model.change", BUILT_IN_POLICY.model);
  #inForce: Policy = BUILT_IN_POLICY;
  readonly #byDigest = new Map<string, Policy>([[BUILT_IN_POLICY.digest, BUILT_IN_POLICY]]);

  get inForce(): Policy {
    return this.#inForce;
  }

  /** A policy with the table of this digest, for what it decided; undefined for a table that never was in force here. */
  byDigest(digest: string): Policy | undefined {
    return this.#byDigest.get(digest);
  }

  /**
   * Follows one record at its leaf; other kinds are ignored, and so is one that was absorbed before.
   * @throws ControlPlaneError `governing-record-invalid`
   */
  absorb(record: CanonRecord, leaf: number): void {
    if (record.kind !== "policy.change" && record.kind !== "trust-model.change") return;
    if (this.tables.knows(record.id) || this.models.knows(record.id)) return;
    try {
      if (record.kind === "policy.change") this.#table(record, leaf);
      else this.#model(record, leaf);
    } catch (error) {
      if (!(error instanceof PolicyError || error instanceof WireError)) throw error;
      throw invalidRecord(record.kind, record.id, error.message, error);
    }
  }

  #table(record: CanonRecord, leaf: number): void {
    const { version, digest, rows } = checkPayload("policy.change", record.payload);
    const next = makePolicy(rows, this.#inForce.model);
    checkInviolable(next.rows);
    if (next.digest !== digest)
      throw invalidRecord(record.kind, record.id, `its table has the digest ${next.digest}, not ${digest}`);
    this.tables.add(version, { actions: rows, digest }, record, leaf);
    this.#byDigest.set(digest, next);
    this.#inForce = next;
  }

  #model(record: CanonRecord, leaf: number): void {
    const { version, model } = checkPayload("trust-model.change", record.payload);
    checkModel(model);
    const other = this.otherOfId(model);
    if (other !== undefined)
      throw invalidRecord(
        record.kind,
        record.id,
        `version ${other} has the id ${model.id} and other weights`,
      );
    this.models.add(version, model, record, leaf);
    this.#inForce = makePolicy(this.#inForce.actions, model);
  }

  /** The version that has the id of a model and is another: an id names one model for ever. */
  otherOfId(model: TrustModel): number | undefined {
    const same = (known: TrustModel) =>
      known.bias === model.bias &&
      Object.entries(known.weights).every(([name, weight]) => model.weights[name as never] === weight);
    return this.models.all.find(({ value }) => value.id === model.id && !same(value))?.version;
  }
}
