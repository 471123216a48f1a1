import { CanonError, parseJson } from "@sigil/canon";
import {
  effectiveVerdict,
  manualReviewOutput,
  type RuleZeroOutput,
  ruleZeroOutput,
  type Verdict,
} from "@sigil/policy";
import type { RunLimits } from "./limits.ts";
import type { Provenance } from "./provenance.ts";
import type { RunCode, SandboxOutcome } from "./sandbox.ts";

export interface Reason {
  code: string;
  detail: string;
}

/** What Rule Zero makes of a run: an output that may be recorded, always, and the verdict that counts. */
export interface Judgement {
  status: "done" | "held" | "failed";
  /** Why the run failed; undefined unless it did. */
  code?: RunCode;
  output: RuleZeroOutput;
  /** What the module said, null when it said nothing that could be read. */
  moduleVerdict: Verdict | null;
  verdict: Verdict;
  reasons: Reason[];
}

/** Longest sentence of a fault that is recorded. UTF-16 units. */
const MAX_SENTENCE = 1_000;

/**
 * Fails closed: whatever is not a complete, bounded output whose every reference came from a host call of this run under a
 * trust that allows it is not Allow, and an error becomes a ManualReview output that says so.
 */
export function judge(
  outcome: SandboxOutcome,
  context: { provenance: Provenance; callsOverflow: boolean; trustAllowed: boolean; limits: RunLimits },
): Judgement {
  if (!outcome.ok) return failed(outcome.code, outcome.message);
  if (context.callsOverflow) {
    return failed(
      "calls-too-large",
      "the host calls are larger than their record may be; ask for less in one run",
    );
  }
  const read = readOutput(outcome.output, context.limits.outputBytes);
  if (!read.ok) return failed("output-invalid", read.detail);
  const { output } = read;
  const forged = output.context.filter(({ ref }) => !context.provenance.has(ref));
  const { verdict, reasons } = effectiveVerdict({
    module: output.verdict,
    refsOk: forged.length === 0,
    trustAllowed: context.trustAllowed,
  });
  return {
    status: verdict === "Allow" ? "done" : "held",
    output,
    moduleVerdict: output.verdict,
    verdict,
    reasons: [...reasons],
  };
}

/** The judgement of a run without a usable output. */
export function failed(code: RunCode, message: string): Judgement {
  const sentence = message.slice(0, MAX_SENTENCE);
  return {
    status: "failed",
    code,
    output: manualReviewOutput(code, sentence),
    moduleVerdict: null,
    verdict: "ManualReview",
    // Reasons stand in the chain, which is never erased: the code, and none of the module's own words.
    reasons: [{ code, detail: `the run ended with ${code}` }],
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
