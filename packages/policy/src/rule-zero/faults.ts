/** What a fault says of the module: that it broke a rule, that nobody asked for its end, or what excuses it. */
interface FaultRow {
  /** Whose doing the fault is. */
  readonly by: "module" | "caller";
  /** What makes it the doing of whoever answers host calls: that one of the run failed there, or was not answered. */
  readonly unless?: "call-failed" | "call-unanswered";
}

/** Every way in which a run can end without an output that may be looked at. Each becomes a ManualReview output. */
export const RUN_FAULTS = {
  "cpu-limit": { by: "module" },
  "wall-limit": { by: "module", unless: "call-unanswered" },
  "memory-limit": { by: "module" },
  "stack-limit": { by: "module" },
  "calls-limit": { by: "module" },
  "calls-too-large": { by: "module" },
  "argument-too-large": { by: "module" },
  "output-too-large": { by: "module" },
  "output-invalid": { by: "module" },
  "guest-error": { by: "module", unless: "call-failed" },
  "module-invalid": { by: "module" },
  "run-stalled": { by: "module" },
  "pending-calls": { by: "module" },
  "runner-crashed": { by: "module" },
  "protocol-error": { by: "module" },
  cancelled: { by: "caller" },
} as const satisfies Record<string, FaultRow>;

export type RunFault = keyof typeof RUN_FAULTS;

const faults: Readonly<Record<string, FaultRow>> = RUN_FAULTS;

/** Whether a code is one of {@link RUN_FAULTS}. */
export function isRunFault(code: string): code is RunFault {
  return Object.hasOwn(faults, code);
}

/** What counts against a module: a fault of its own, or a reference that no host call of the run returned. */
export type Violation = RunFault | "ref-unknown";

/** How a run went, as far as its end may be evidence against the module. */
export interface RunEndFacts {
  /** The codes of the reasons in its chain. */
  readonly reasons: readonly string[];
  /** A host call was refused by an outage or a limit of this installation, not by what the module asked. */
  readonly callFailed: boolean;
  /** A host call had no answer when the run ended. */
  readonly callUnanswered: boolean;
}

/**
 * The violation that the end of a run is evidence of; undefined when nothing speaks against the module: it gave an output
 * under a trust that was too low, its caller stopped it, or it ended because this installation did not answer.
 */
export function violationOf({ reasons, callFailed, callUnanswered }: RunEndFacts): Violation | undefined {
  for (const code of reasons) {
    if (code === "ref-unknown") return code;
    if (!isRunFault(code)) continue;
    const { by, unless }: FaultRow = faults[code] as FaultRow;
    if (by !== "module") continue;
    if (unless === "call-failed" && callFailed) continue;
    if (unless === "call-unanswered" && callUnanswered) continue;
    return code;
  }
  return undefined;
}
