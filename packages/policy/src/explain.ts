import { type ActionRows, findAction } from "./action/lookup.ts";
import type { Decision } from "./decide.ts";
import type { ReasonCode } from "./reason.ts";
import { sigmoid, type TrustResult } from "./trust/evaluate.ts";
import type { Feature } from "./trust/model.ts";
import { daysToReach } from "./trust/recovery.ts";

/** What an explanation needs: a decision, or the body of its record. */
export type Explainable = Pick<Decision, "action" | "verdict" | "reasons" | "trust"> & Partial<Decision>;

/** One step of the waterfall: what a feature adds, and where the score stands after it. */
export interface WaterfallStep {
  readonly feature: "bias" | Feature;
  readonly value: number | null;
  readonly logOdds: number;
  /** Log-odds so far; the last step's is exactly the result's `logit`. */
  readonly logit: number;
  readonly score: number;
}

/** A decision in words and numbers. */
export interface Explanation {
  readonly verdict: "allow" | "deny";
  /** The answer, every reason, the score, and what would change it. */
  readonly sentences: readonly string[];
  readonly waterfall: readonly WaterfallStep[];
  /** What would have to be different; empty for an allow. */
  readonly counterfactual: readonly string[];
}

/**
 * Explains a decision from what it recorded, and the rows of the table that decided, the built-in one unless given. Pure;
 * asked for on demand, never on the way of a request.
 */
export function explain(decision: Explainable, rows?: ActionRows): Explanation {
  const { action, verdict, reasons, trust } = decision;
  const remedies = verdict === "allow" ? [] : reasons;
  const counterfactual = remedies.map(({ code }) => REMEDIES[code](decision, rows));
  return {
    verdict,
    sentences: [
      `${action} is ${verdict === "allow" ? "allowed" : "denied"}.`,
      ...reasons.map(({ detail }) => `${capital(detail)}.`),
      ...(trust === null ? [] : [trustSentence(trust)]),
      ...counterfactual,
    ],
    waterfall: trust === null ? [] : waterfall(trust),
    counterfactual,
  };
}

/** The score of a trust result from the bias to the last feature. */
export function waterfall(trust: TrustResult): WaterfallStep[] {
  let logit = trust.bias;
  const start: WaterfallStep = {
    feature: "bias",
    value: null,
    logOdds: trust.bias,
    logit,
    score: sigmoid(logit),
  };
  return [
    start,
    ...trust.contributions.map(({ feature, value, logOdds }) => {
      logit += logOdds;
      return { feature, value, logOdds, logit, score: sigmoid(logit) };
    }),
  ];
}

function trustSentence({ model, score, threshold, contributions }: TrustResult): string {
  const moved = contributions
    .filter(({ logOdds }) => logOdds !== 0)
    .toSorted((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds))
    .map(({ feature, logOdds }) => `${feature} ${logOdds > 0 ? "+" : "−"}${Math.abs(logOdds).toFixed(2)}`);
  const by = moved.length === 0 ? "" : `: ${moved.join(", ")} (log-odds)`;
  return `Trust by ${model} is ${score.toFixed(2)} and ${threshold.toFixed(2)} is needed${by}.`;
}

const REMEDIES: Readonly<Record<ReasonCode, (decision: Explainable, rows?: ActionRows) => string>> = {
  "level-too-low": ({ action }, rows) =>
    `A licence of ${findAction(action, rows)?.least ?? "a higher level"} or above would change this; trust cannot.`,
  "locked-down": () => "A Root leaving lockdown would change this: `sigil lockdown leave --reason …`.",
  "out-of-scope": ({ action }) => `A licence whose scope covers ${action} would change this.`,
  "licence-required": ({ action }, rows) =>
    `A licence of ${findAction(action, rows)?.least ?? "some level"} or above would change this.`,
  "quorum-required": ({ action }) => `A committed proposal for ${action} would change this.`,
  "witness-required": () => "Being an active registered witness would change this.",
  "service-only": () => "Nothing would change this: only a service's own key opens it.",
  "facts-invalid": () => "Asking again with sound facts would change this.",
  "policy-failed": () => "Asking again with sound facts would change this.",
  "action-unknown": () => "A row for this action in the table would change this.",
  "not-found": () => "A target that the caller may know of would change this.",
  "trust-too-low": ({ trust }) =>
    trust === null ? "A higher trust score would change this." : trustCounterfactual(trust),
  "content-type": () => "Asking with the content type application/json would change this.",
  "csrf-refused": () => "A fresh token of the session (`POST /v1/session/csrf`) would change this.",
  "origin-refused": () => "Asking from a page of the door's own origin would change this.",
  "rate-limited": () => "Asking again after the seconds of Retry-After would change this.",
  "solo-mode": () => "Quorum mode would ask others too.",
};

/** The smallest single change of each thing that the caller can change. */
function trustCounterfactual(trust: TrustResult): string {
  const { score, threshold, contributions, reputation } = trust;
  const head = `Trust needs ${threshold.toFixed(2)} and is ${score.toFixed(2)}`;
  const ways = contributions
    .filter(({ logOdds, feature }) => logOdds < 0 && feature !== "action-risk")
    .filter(({ logOdds }) => sigmoid(trust.logit - logOdds) >= threshold)
    .map(({ feature }) => `${feature} at 0`);
  const own = contributions.find(({ feature }) => feature === "reputation");
  if (own !== undefined) {
    const base = trust.logit - own.logOdds;
    const days = daysToReach(reputation, (value) => sigmoid(base + own.weight * value) >= threshold);
    if (days !== undefined) ways.push(`${days} more clean ${days === 1 ? "day" : "days"} of use`);
  }
  if (ways.length === 0) return `${head}; no single change lifts it, several together may.`;
  return `${head}; ${ways.join(", or ")} would lift it.`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
