/** What the model looks at, in the order of every waterfall. */
export const FEATURES = [
  "reputation",
  "level-headroom",
  "action-risk",
  "target-sensitivity",
  "request-rate",
  "input-anomaly",
  "incident",
] as const;
export type Feature = (typeof FEATURES)[number];

/** A logistic model: the log-odds of trust are `bias` plus each weight times its feature. */
export interface TrustModel {
  readonly id: string;
  readonly bias: number;
  readonly weights: Readonly<Record<Feature, number>>;
}

/** The sign that a weight may have. More risk never raises a score, more reputation never lowers it. */
export const SIGNS: Readonly<Record<Feature, 1 | -1>> = {
  reputation: 1,
  "level-headroom": 1,
  "action-risk": -1,
  "target-sensitivity": -1,
  "request-rate": -1,
  "input-anomaly": -1,
  incident: -1,
};

/**
 * The built-in weights, version 0. Multiples of 1/8, so that contributions add up exactly.
 *
 * Calibrated so that a fresh, clean caller at exactly the least level passes every row, that one policy denial keeps it
 * so while one Rule Zero violation closes the rows of 0.8 until there is better evidence, and that an incident outweighs
 * everything that speaks for a caller on every row of 0.5 and above.
 */
export const TRUST_MODEL: TrustModel = {
  id: "trust-v1",
  bias: 2.125,
  weights: {
    reputation: 4,
    "level-headroom": 0.5,
    "action-risk": -1,
    "target-sensitivity": -1.5,
    "request-rate": -2,
    "input-anomaly": -3,
    incident: -7,
  },
};
