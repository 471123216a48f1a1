import type { Decision } from "./decide.ts";
import { logOddsOf, sigmoid } from "./trust/score.ts";

export interface WaterfallStep {
  readonly feature: string;
  readonly value: number;
  readonly logOdds: number;
  /** Score after this step: the last one is the decision's score. */
  readonly scoreAfter: number;
}

export interface Explanation {
  readonly sentences: readonly string[];
  /** Starts with the bias; empty where trust had no say. */
  readonly waterfall: readonly WaterfallStep[];
  /** What would change the answer; null when it is an allow. */
  readonly counterfactual: string | null;
}

/** An exact account of a decision, built from the decision alone: same decision, same explanation. */
export function explain(decision: Decision): Explanation {
  const { trust } = decision;
  const sentences = decision.reasons.map((reason) => reason.detail);
  const waterfall: WaterfallStep[] = [];
  if (trust) {
    waterfall.push({ feature: "bias", value: 1, logOdds: trust.bias, scoreAfter: sigmoid(trust.bias) });
    trust.contributions.forEach((c, i) => {
      const scoreAfter = sigmoid(logOddsOf(trust.bias, trust.contributions.slice(0, i + 1)));
      waterfall.push({ feature: c.feature, value: c.value, logOdds: c.logOdds, scoreAfter });
    });
    sentences.push(
      `trust ${trust.score.toFixed(3)} against a threshold of ${trust.threshold.toFixed(2)} (${trust.model})`,
    );
  }
  return {
    sentences,
    waterfall,
    counterfactual: decision.verdict === "deny" ? counterfactual(decision) : null,
  };
}

function counterfactual(decision: Decision): string {
  const changes = decision.reasons.map((reason) => {
    switch (reason.code) {
      case "caller-missing":
        return "present a licence";
      case "level-too-low":
        return "present a licence of the level that the action needs";
      case "out-of-scope":
        return "present a licence whose scope covers the action";
      case "quorum-required":
        return "make a proposal and let the witnesses attest it";
      case "trust-too-low":
        return trustChange(decision);
      default:
        return "ask for an action of the table that is open to you";
    }
  });
  return [...new Set(changes)].join("; and ");
}

/** The negative contribution whose absence alone would lift the score over the threshold, else the missing log-odds. */
function trustChange({ trust }: Decision): string {
  if (!trust) return "";
  const now = logOddsOf(trust.bias, trust.contributions);
  const need = Math.log(trust.threshold / (1 - trust.threshold));
  const enough = trust.contributions
    .filter((c) => c.logOdds < 0 && now - c.logOdds >= need)
    .sort((a, b) => b.logOdds - a.logOdds)[0];
  const change = enough
    ? `without ${enough.feature} it would pass`
    : `${(need - now).toFixed(2)} log-odds are missing`;
  return `needs ${trust.threshold.toFixed(2)}; ${trust.score.toFixed(2)} now; ${change}`;
}
