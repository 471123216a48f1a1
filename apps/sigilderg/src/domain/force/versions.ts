import type { CanonRecord } from "@sigil/canon";
import { ControlPlaneError } from "../error.ts";

/** One version of something that records change; version 0 is built in and no record's. */
export interface Version<T> {
  readonly version: number;
  readonly value: T;
  readonly made: Made | null;
}

/** The record that made a version. */
export interface Made {
  readonly record: string;
  readonly index: number;
  readonly ts: string;
  readonly by: string;
  readonly decision: string | null;
  readonly mode: "solo" | "quorum";
  readonly reason: string;
}

/** The moment that is asked about: a version, a leaf of the log, or a time (RFC 3339 with milliseconds and Z). */
export type Moment = { readonly version: number } | { readonly leaf: number } | { readonly at: string };

/** Everything that something ever was, each version exactly one more than the one before. */
export class Versions<T> {
  readonly #kind: string;
  readonly #all: Version<T>[];

  constructor(kind: string, builtIn: T) {
    this.#kind = kind;
    this.#all = [{ version: 0, value: builtIn, made: null }];
  }

  get inForce(): Version<T> {
    return this.#all.at(-1) as Version<T>;
  }

  /** The oldest first. */
  get all(): readonly Version<T>[] {
    return this.#all;
  }

  /** What was in force then; undefined for a version that does not exist. */
  at(moment: Moment): Version<T> | undefined {
    if ("version" in moment) return this.#all[moment.version];
    return this.#all.findLast(({ made }) => wasThen(made, moment));
  }

  knows(record: string): boolean {
    return this.#all.some(({ made }) => made?.record === record);
  }

  /** @throws ControlPlaneError `governing-record-invalid` unless it is the next version */
  add(version: number, value: T, record: CanonRecord, leaf: number): void {
    const next = this.inForce.version + 1;
    if (version !== next)
      throw invalidRecord(this.#kind, record.id, `it is version ${version} where ${next} is next`);
    this.#all.push({ version, value, made: madeBy(record, leaf) });
  }
}

/** The record at a leaf as what made a version. */
export function madeBy({ id, ts, author, payload }: CanonRecord, index: number): Made {
  const { mode, reason } = payload as { mode: Made["mode"]; reason: string };
  return { record: id, index, ts, by: author.principal, decision: author.decision ?? null, mode, reason };
}

/** Whether what a record made was there at a leaf or a time; what no record made always was. */
export function wasThen(made: Made | null, moment: Exclude<Moment, { version: number }>): boolean {
  return made === null || ("leaf" in moment ? made.index <= moment.leaf : made.ts <= moment.at);
}

/** Nothing is decided by records of which one does not hold: the control plane does not become ready. */
export function invalidRecord(kind: string, id: string, problem: string, cause?: unknown): ControlPlaneError {
  return new ControlPlaneError(
    "governing-record-invalid",
    `the log brings the ${kind} ${id}, which cannot be: ${problem}`,
    "Somebody wrote into the store, or an older build reads a newer one's records: hold it against a checkpoint that was kept elsewhere, and restore a backup.",
    { cause },
  );
}
