import type { Loa } from "@sigil/canon/portable";
import type { ActionRow } from "../action/row.ts";
import type { Facts } from "../facts.ts";
import { LOA, rankLoa } from "../loa.ts";
import { FEATURES, type Feature, TRUST_MODEL, type TrustModel } from "./model.ts";
import { quantize, type Reputation, reputation } from "./reputation.ts";

/** What one feature adds to the log-odds: exactly `weight` × `value`. */
export interface Contribution {
  readonly feature: Feature;
  readonly value: number;
  readonly weight: number;
  readonly logOdds: number;
}

/** A trust evaluation that anyone can redo: `bias` plus all `logOdds` is exactly `logit`, in any order of adding. */
export interface TrustResult {
  readonly model: string;
  /** sigmoid(logit), rounded to 6 decimals so that every engine writes the same number. */
  readonly score: number;
  readonly threshold: number;
  /** score ≥ threshold. */
  readonly allowed: boolean;
  readonly bias: number;
  readonly logit: number;
  readonly contributions: readonly Contribution[];
  readonly reputation: Reputation;
}

/** The score of log-odds, 0…1 with 6 decimals. */
export function sigmoid(logit: number): number {
  return Math.round(1e6 / (1 + Math.exp(-logit))) / 1e6;
}

/** Trust of a caller at effective level `loa` for a row; null where the row asks for none. Facts must be sound. Pure. */
export function evaluateTrust(
  row: ActionRow,
  loa: Loa,
  facts: Facts,
  model: TrustModel = TRUST_MODEL,
): TrustResult | null {
  if (row.trust === null) return null;
  const standing = reputation(facts.history?.good ?? 0, facts.history?.bad ?? 0);
  const values: Record<Feature, number> = {
    reputation: standing.value,
    "level-headroom": quantize(headroom(row, loa)),
    "action-risk": quantize(row.risk),
    "target-sensitivity": quantize(facts.targetSensitivity ?? 0),
    "request-rate": quantize(facts.requestRate ?? 0),
    "input-anomaly": quantize(facts.anomaly ?? 0),
    incident: facts.history?.incident === true ? 1 : 0,
  };
  let logit = model.bias;
  const contributions = FEATURES.map((feature): Contribution => {
    const value = values[feature];
    const weight = model.weights[feature];
    // Adding 0 turns −0 into 0, which is what JSON would make of it.
    const logOdds = weight * value + 0;
    logit += logOdds;
    return { feature, value, weight, logOdds };
  });
  const score = sigmoid(logit);
  return {
    model: model.id,
    score,
    threshold: row.trust,
    allowed: score >= row.trust,
    bias: model.bias,
    logit,
    contributions,
    reputation: standing,
  };
}

/** How far a level is above the least one, as a share of the whole ladder. 0 below it. */
function headroom(row: ActionRow, loa: Loa): number {
  if (row.least === "none" || row.least === "service") return 0;
  return Math.max(0, rankLoa(loa) - rankLoa(row.least)) / (LOA.length - 1);
}
