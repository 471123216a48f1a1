import type { CanonRecord, RecordDraft } from "@sigil/canon";
import { checkPayload, type PayloadOf, WireError } from "@sigil/wire";
import { invalidRecord } from "./versions.ts";

type Payload = PayloadOf<"module.violation">;

/** One violation of Rule Zero by a digest of a module, as its record says. */
export interface KeptViolation extends Payload {
  readonly record: string;
  /** Its leaf; undefined while the end of its run has not landed. */
  readonly index: number | undefined;
  readonly ts: string;
  readonly principal: string;
  readonly decision: string;
}

/** So many violations within so many hours suspend a digest. */
export interface ViolationLimit {
  readonly violations: number;
  readonly hours: number;
}

/** What the runs of modules were found to have broken. Bounded by suspensions: what is suspended does not run. */
export class Violations {
  readonly #byModule = new Map<string, KeptViolation[]>();

  /**
   * Counts a violation from now on, before the end of its run has landed: runs that end together count each other. One that
   * never lands is forgotten when the records are read again.
   */
  expect(draft: RecordDraft, ts: string): void {
    this.#add(draft, undefined, ts);
  }

  /**
   * Follows one record at its leaf; other kinds are ignored, and so is one that was absorbed before.
   * @throws ControlPlaneError `governing-record-invalid`
   */
  absorb(record: CanonRecord, leaf: number): void {
    if (record.kind !== "module.violation") return;
    this.#add(record, leaf, record.ts);
  }

  /** Those of a module, the oldest first. */
  of(id: string): readonly KeptViolation[] {
    return this.#byModule.get(id) ?? [];
  }

  /** Those of a digest behind a leaf and not before a time (RFC 3339 with milliseconds and Z). */
  counted(id: string, digest: string, after: number, since: string): readonly KeptViolation[] {
    return this.of(id).filter(
      (kept) =>
        kept.digest === digest && kept.ts >= since && (kept.index === undefined || kept.index > after),
    );
  }

  #add(record: RecordDraft, index: number | undefined, ts: string): void {
    const payload = this.#checked(record);
    if (record.stream !== evidenceStream(payload.id))
      throw invalidRecord(
        record.kind,
        record.id,
        `it is about ${payload.id}, and stands in ${record.stream}`,
      );
    const kept: KeptViolation = {
      ...payload,
      ...{ record: record.id, index, ts },
      principal: record.author.principal,
      decision: record.author.decision ?? "",
    };
    const others = this.of(payload.id).filter((other) => other.record !== record.id);
    this.#byModule.set(payload.id, [...others, kept]);
  }

  #checked({ id, kind, payload }: RecordDraft): Payload {
    try {
      return checkPayload("module.violation", payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw invalidRecord(kind, id, error.message, error);
    }
  }
}

/** Where everything stands that speaks against a module. */
export function evidenceStream(module: string): string {
  return `evidence/${module}`;
}

/** The beginning of the hours before a time; both RFC 3339 with milliseconds and Z. */
export function hoursBefore(ts: string, hours: number): string {
  return new Date(Date.parse(ts) - hours * 3_600_000).toISOString();
}
