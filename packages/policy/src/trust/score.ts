import type { Facts } from "../caller.ts";
import { LOA, type Loa, rankLoa } from "../loa.ts";
import { FEATURES, type Feature, TRUST_MODEL, type TrustModel } from "./model.ts";
import { type Reputation, reputation } from "./reputation.ts";

export interface Contribution {
  readonly feature: Feature;
  readonly value: number;
  readonly weight: number;
  /** weight × value, exactly as summed. */
  readonly logOdds: number;
}

/** A score with everything that it is made of: bias plus the contributions, in order, is the log-odds of the score. */
export interface TrustResult {
  readonly model: string;
  readonly score: number;
  readonly threshold: number;
  readonly allowed: boolean;
  readonly bias: number;
  readonly contributions: readonly Contribution[];
  readonly reputation: Reputation;
}

/** Unknown or damaged input takes the worst value of its feature: trust fails closed. */
const unit = (value: number | undefined, worst: 0 | 1): number => {
  if (value === undefined) return 0;
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : worst;
};

/** Sum of bias and contributions in the order listed: one order, so that every reader gets the same last bit. */
export const logOddsOf = (bias: number, contributions: readonly Contribution[]): number =>
  contributions.reduce((sum, contribution) => sum + contribution.logOdds, bias);

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export interface ScoreInput {
  readonly loa: Loa;
  /** Least level of the action, or the lowest level where it has none. */
  readonly least: Loa;
  readonly risk: number;
  readonly threshold: number;
  readonly facts: Facts;
}

/** `sigmoid(bias + Σ weight × value)` for one caller and one action, with its exact waterfall. */
export function scoreTrust(input: ScoreInput, model: TrustModel = TRUST_MODEL): TrustResult {
  const { facts } = input;
  const known = reputation(facts.history?.good ?? 0, facts.history?.bad ?? 0);
  const values: Record<Feature, number> = {
    reputation: known.value,
    headroom: unit((rankLoa(input.loa) - rankLoa(input.least)) / (LOA.length - 1), 0),
    risk: unit(input.risk, 1),
    sensitivity: unit(facts.targetSensitivity, 1),
    rate: unit(facts.requestRate, 1),
    anomaly: unit(facts.anomaly, 1),
    incident: facts.history?.incident ? 1 : 0,
  };
  const contributions = FEATURES.map((feature): Contribution => {
    const weight = model.weights[feature];
    return { feature, value: values[feature], weight, logOdds: weight * values[feature] };
  });
  const score = sigmoid(logOddsOf(model.bias, contributions));
  return {
    model: model.id,
    score,
    threshold: input.threshold,
    allowed: score >= input.threshold,
    bias: model.bias,
    contributions,
    reputation: known,
  };
}
