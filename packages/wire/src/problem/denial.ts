import type { Decision } from "@sigil/policy";
import type { ProblemCode } from "./table.ts";

/** Reasons that have a problem of their own; every other denial is `action-denied`. */
const NAMED = [
  "level-too-low",
  "locked-down",
  "out-of-scope",
  "trust-too-low",
] as const satisfies ProblemCode[];

/** The codes of a denial. */
export type DenialCode = (typeof NAMED)[number] | "action-denied";

/** How a denial is told, at the door and at the command alike: its code, and every reason in one sentence. */
export function denialOf({ reasons }: Pick<Decision, "reasons">): {
  readonly code: DenialCode;
  readonly detail: string;
  readonly missing: readonly string[];
} {
  const first = reasons[0]?.code ?? "";
  const missing = reasons.map(({ detail }) => detail);
  return {
    code: NAMED.find((code) => code === first) ?? "action-denied",
    detail: missing.join("; "),
    missing,
  };
}
