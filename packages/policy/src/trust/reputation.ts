/** What history amounts to. `mean` and `sd` are of Beta(1 + good, 2 + bad); `value` is what the model sees. */
export interface Reputation {
  readonly mean: number;
  readonly sd: number;
  readonly value: number;
  readonly good: number;
  readonly bad: number;
}

/** A feature in steps of 2⁻¹⁶: weights are multiples of 1/8, so every product and every sum below is exact in a double. */
export function quantize(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 65_536) / 65_536;
}

/**
 * Reputation from weighted evidence, each finite and not negative: mean − 1 sd of Beta(1 + good, 2 + bad), clamped to 0…1.
 * Nobody starts with credit (Beta(1, 2): 0.098), and little evidence counts less than much of the same kind.
 */
export function reputation(good: number, bad: number): Reputation {
  const a = 1 + good;
  const b = 2 + bad;
  const n = a + b;
  const mean = a / n;
  // a·b / (n²·(n + 1)) as a product of ratios: the plain quotient overflows for large evidence.
  const sd = Math.sqrt((mean * (b / n)) / (n + 1));
  return { mean, sd, value: quantize(mean - sd), good, bad };
}
