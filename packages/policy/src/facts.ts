import type { Loa } from "@sigil/canon/portable";
import { isLoa } from "./loa.ts";

/** Evidence about a principal, already weighted and decayed. */
export interface History {
  readonly good: number;
  readonly bad: number;
  /** An event of weight 40 (forged vote, tampering) is younger than 14 days. */
  readonly incident: boolean;
}

/** What is known at the moment of a decision, beside the caller. Pressures are 0…1; an absent one is 0. */
export interface Facts {
  readonly mode: "solo" | "quorum";
  readonly targetSensitivity?: number;
  readonly requestRate?: number;
  readonly anomaly?: number;
  /** Absent: a principal without history. */
  readonly history?: History;
  /** The level that the action would give away, for rows with `quorumFrom`. Absent: taken as the highest. */
  readonly targetLoa?: Loa;
  /** Whether the caller is an active registered witness, for rows that ask. Absent: it is not. */
  readonly witness?: boolean;
  /** Whether the runtime is in lockdown. Absent: it is not. */
  readonly lockdown?: boolean;
  /** The action that the proposal in hand is for, for the rows of a proposal's life. */
  readonly proposed?: string;
  /** Whether the quorum of this action is reached: a proposal for it is being committed. Absent: it is not. */
  readonly approved?: boolean;
  /** False when the target is one that the caller may not know of: the answer is then 404, as if there were none. */
  readonly visible?: boolean;
}

const PRESSURES = ["targetSensitivity", "requestRate", "anomaly"] as const;
const FLAGS = ["witness", "visible", "lockdown", "approved"] as const;
const MODES: readonly unknown[] = ["solo", "quorum"];

/** The first fact that is none, as a sentence; undefined when all are sound. A wrong fact denies, it is never corrected. */
export function unsoundFact(facts: Facts): string | undefined {
  if (!MODES.includes(facts.mode)) return "mode is neither solo nor quorum";
  for (const name of PRESSURES) {
    const value: unknown = facts[name];
    if (value !== undefined && !(typeof value === "number" && value >= 0 && value <= 1)) {
      return `${name} is not a number from 0 to 1`;
    }
  }
  for (const name of FLAGS) {
    if (facts[name] !== undefined && typeof facts[name] !== "boolean") return `${name} is not a boolean`;
  }
  if (facts.proposed !== undefined && typeof facts.proposed !== "string") return "proposed is no action";
  if (facts.targetLoa !== undefined && !isLoa(facts.targetLoa)) return "targetLoa is no level";
  return facts.history === undefined ? undefined : unsoundHistory(facts.history);
}

function unsoundHistory(history: History): string | undefined {
  for (const name of ["good", "bad"] as const) {
    const value: unknown = history[name];
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      return `history.${name} is not a finite number from 0`;
    }
  }
  return typeof history.incident === "boolean" ? undefined : "history.incident is not a boolean";
}
