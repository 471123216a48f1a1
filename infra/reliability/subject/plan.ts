/** What a subject process is asked to do; crosses the process boundary as JSON. */
export interface SubjectPlan {
  readonly home: string;
  /** Names this life of the process in every text that it writes. */
  readonly life: string;
  /** Concurrent writers. One writer makes the order of system calls the same in every life. */
  readonly writers: number;
  /** Requests of each writer before the store is closed; 0 goes on until the process is killed. */
  readonly requests: number;
  /** Leaves the store open after the last request, with everything still in its log, until it is killed. */
  readonly linger?: boolean;
  /** Rotates both signing keys once, after the first request. */
  readonly rotate?: boolean;
  /** A defect that a test of the harness plants behind the storage interface. */
  readonly defect: Defect | null;
}

/**
 * - `ack-before-commit`: a commit answers before it has begun
 * - `swallow-failure`: a commit that failed answers like one that did not
 * - `no-sync`: the engine is told not to wait for the disk
 * - `swap-before-record`: a new key takes the place of the present one before the log says so
 */
export type Defect = "ack-before-commit" | "swallow-failure" | "no-sync" | "swap-before-record";

/** What a subject prints, one JSON object a line. */
export type SubjectLine =
  | { readonly event: "open"; readonly size: number }
  | { readonly event: "acknowledged"; readonly text: string; readonly id: string; readonly index: number }
  | { readonly event: "rotated"; readonly role: "record" | "log"; readonly kid: string }
  | { readonly event: "refused"; readonly code: string; readonly message: string }
  | { readonly event: "not-opened"; readonly code: string; readonly message: string }
  | { readonly event: "written" }
  | { readonly event: "not-closed"; readonly code: string; readonly message: string }
  | { readonly event: "closed" };

/** Where a record belongs: the request that carried it and its place in it. */
export interface Part {
  readonly request: string;
  readonly part: number;
  readonly parts: number;
}

/** The text of a record says what it is part of, padded so that rows differ in their number of pages. */
export function partText({ request, part, parts }: Part): string {
  const pad = [0, 40, 900, 5000][(request.length + part + parts) % 4] ?? 0;
  return `${request} part ${part} of ${parts} ${"·".repeat(pad)}`;
}

export function readPart(text: string): Part | undefined {
  const found = /^(.+) part (\d+) of (\d+) ·*$/.exec(text);
  if (found === null) return undefined;
  return { request: String(found[1]), part: Number(found[2]), parts: Number(found[3]) };
}
