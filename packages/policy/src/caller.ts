import type { Loa } from "./loa.ts";

/** Another Sigil process, proved by its envelope. */
export type ServiceName = "sigilderg" | "mmf";

/** Who asks. Made from a verified licence, a verified grant or a verified envelope, and from nothing else. */
export interface Caller {
  readonly principal: string;
  readonly loa: Loa;
  readonly licence?: { readonly jti: string; readonly serial: number; readonly scope: readonly string[] };
  /** The module that acts for the principal; the effective level is the lower of the two. */
  readonly via?: { readonly module: string; readonly loa: Loa };
  readonly service?: ServiceName;
}

/** What is known beside the caller, each in the unit of the trust model's features. Absent means nothing noteworthy. */
export interface Facts {
  readonly mode: "solo" | "quorum";
  /** 0 public … 1 secrets of others. */
  readonly targetSensitivity?: number;
  /** Share of the caller's rate budget in use, 0…1. */
  readonly requestRate?: number;
  /** How unlike the caller's usual input this is, 0…1. */
  readonly anomaly?: number;
  /** Decayed evidence weights of the principal, and whether a 40-weight event is younger than 14 days. */
  readonly history?: { readonly good: number; readonly bad: number; readonly incident: boolean };
}
