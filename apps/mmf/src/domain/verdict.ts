import { CanonError, parseJson } from "@sigil/canon";
import {
  citedContext,
  effectiveVerdict,
  manualReviewOutput,
  type ReturnedRef,
  type RuleZeroOutput,
  ruleZeroOutput,
  type Verdict,
  type VerdictReason,
} from "@sigil/policy";
import type { RunLimits } from "./limits.ts";
import type { RunCode, SandboxOutcome } from "./sandbox.ts";

/** What Rule Zero makes of a run: an output that may be recorded, always, and the verdict that counts. */
export interface Judgement {
  status: "done" | "held" | "failed";
  /** Why the run failed; undefined unless it did. */
  code?: RunCode;
  output: RuleZeroOutput;
  /** What the module said, null when it said nothing that could be read. */
  moduleVerdict: Verdict | null;
  verdict: Verdict;
  reasons: VerdictReason[];
  /** What the chain cites of the output's context: the records among it that host calls of this run returned. */
  cited: ReturnedRef[];
}

/** What a run is judged by beside its outcome. */
export interface JudgedBy {
  known: ReadonlyMap<string, ReturnedRef>;
  callsOverflow: boolean;
  trustAllowed: boolean;
  limits: RunLimits;
}

/** Longest sentence of a fault that is recorded. UTF-16 units. */
const MAX_SENTENCE = 1_000;

/**
 * Fails closed: whatever is not a complete, bounded output whose every reference came from a host call of this run under a
 * trust that allows it is not Allow, and an error becomes a ManualReview output that says so.
 */
export function judge(outcome: SandboxOutcome, by: JudgedBy): Judgement {
  if (!outcome.ok) return failed(outcome.code, outcome.message, by);
  if (by.callsOverflow) {
    return failed(
      "calls-too-large",
      "the host calls are larger than their record may be; ask for less in one run",
      by,
    );
  }
  const read = readOutput(outcome.output, by.limits.outputBytes);
  if (!read.ok) return failed("output-invalid", read.detail, by);
  const { output } = read;
  const { cited, refsOk } = citedContext(output.context, by.known);
  const { verdict, reasons } = effectiveVerdict({
    module: output.verdict,
    refsOk,
    trustAllowed: by.trustAllowed,
  });
  return {
    status: verdict === "Allow" ? "done" : "held",
    output,
    moduleVerdict: output.verdict,
    verdict,
    reasons,
    cited,
  };
}

/** The judgement of a run without a usable output. */
function failed(code: RunCode, message: string, { trustAllowed }: JudgedBy): Judgement {
  const sentence = message.slice(0, MAX_SENTENCE);
  const { verdict, reasons } = effectiveVerdict({ module: null, refsOk: true, trustAllowed, error: code });
  return {
    status: "failed",
    code,
    output: manualReviewOutput(code, sentence),
    moduleVerdict: null,
    verdict,
    reasons,
    cited: [],
  };
}

function readOutput(
  text: string,
  maxBytes: number,
): { ok: true; output: RuleZeroOutput } | { ok: false; detail: string } {
  try {
    const result = ruleZeroOutput.safeParse(parseJson(text, { maxBytes }));
    if (result.success) return { ok: true, output: result.data };
    const issue = result.error.issues[0];
    return {
      ok: false,
      detail: `output${issue?.path.map((step) => `.${String(step)}`).join("")}: ${issue?.message}`,
    };
  } catch (error) {
    if (error instanceof CanonError)
      return { ok: false, detail: `output: ${error.code} at ${error.path ?? "$"}` };
    throw error;
  }
}
