/** What the score is made of; each in 0…1. */
export const FEATURES = [
  "reputation",
  "headroom",
  "risk",
  "sensitivity",
  "rate",
  "anomaly",
  "incident",
] as const;
export type Feature = (typeof FEATURES)[number];

export interface TrustModel {
  readonly id: string;
  readonly bias: number;
  readonly weights: Readonly<Record<Feature, number>>;
}

/** The sign that each weight must have: more risk never raises a score, more reputation never lowers it. */
export const SIGNS: Readonly<Record<Feature, 1 | -1>> = {
  reputation: 1,
  headroom: 1,
  risk: -1,
  sensitivity: -1,
  rate: -1,
  anomaly: -1,
  incident: -1,
};

/**
 * The model in force. Calibrated so that a fresh, clean caller at exactly the least level passes every row of the table,
 * and that an incident fails every row with a threshold of 0.5 or more whatever the reputation: with full reputation and
 * headroom and no risk the log-odds are 2.6 + 1.4 + 0.5 − 6 < 0.
 */
export const TRUST_MODEL: TrustModel = {
  id: "trust-v1",
  bias: 2.6,
  weights: {
    reputation: 1.4,
    headroom: 0.5,
    risk: -1.0,
    sensitivity: -1.0,
    rate: -1.5,
    anomaly: -1.5,
    incident: -6,
  },
};
