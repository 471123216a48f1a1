/** Reputation of a principal from decayed evidence weights, with what it is made of. */
export interface Reputation {
  readonly mean: number;
  readonly sd: number;
  /** mean − 1 sd, clamped to 0…1: what is not yet known counts against. */
  readonly value: number;
  readonly good: number;
  readonly bad: number;
}

/**
 * Mean minus one standard deviation of Beta(1 + good, 2 + bad), clamped to 0…1. Weights below zero or not finite count as
 * none of good and as the worst of bad, so that a damaged history never helps.
 */
export function reputation(good: number, bad: number): Reputation {
  const g = Number.isFinite(good) && good > 0 ? good : 0;
  const b = Number.isFinite(bad) ? Math.max(bad, 0) : 1e9;
  const alpha = 1 + g;
  const beta = 2 + b;
  const sum = alpha + beta;
  const mean = alpha / sum;
  const sd = Math.sqrt((alpha * beta) / (sum * sum * (sum + 1)));
  return { mean, sd, value: Math.min(1, Math.max(0, mean - sd)), good: g, bad: b };
}
