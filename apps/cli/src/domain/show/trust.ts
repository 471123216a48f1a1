import type { TrustResult, WaterfallStep } from "@sigil/policy";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const bar = (value: number): string => "▪".repeat(Math.min(24, Math.round(Math.abs(value) * 4)));

/** The exact account of a score: log-odds per feature, their sum, and the score against the threshold. */
export function trustLines(trust: TrustResult, style: Style, indent = "  "): string[] {
  const sum = trust.contributions.reduce((total, { logOdds }) => total + logOdds, trust.bias);
  const rows = [
    ["start", "", signed(trust.bias), bar(trust.bias)],
    ...trust.contributions.map(({ feature, value, logOdds }) => [
      feature,
      value.toFixed(2),
      signed(logOdds),
      (logOdds < 0 ? style.bad : style.good)(bar(logOdds)),
    ]),
    ["log-odds", "", signed(sum), ""],
  ];
  const verdict = `score ${trust.score.toFixed(3)}, threshold ${trust.threshold.toFixed(2)}: ${
    trust.allowed ? style.good("allowed") : style.bad("below the threshold")
  }`;
  return [`${indent}${verdict}  ${style.dim(trust.model)}`, ...table(rows, `${indent}  `)];
}

/** The same account from the door's own steps, which add up to the score in the order in which they stand. */
export function waterfallLines(
  steps: readonly WaterfallStep[],
  trust: { readonly score: number; readonly threshold: number },
  style: Style,
  indent = "  ",
): string[] {
  const rows = steps.map(({ feature, value, logOdds, score }) => [
    feature === "bias" ? "start" : feature,
    value === null ? "" : value.toFixed(2),
    signed(logOdds),
    score.toFixed(3),
    (logOdds < 0 ? style.bad : style.good)(bar(logOdds)),
  ]);
  const verdict = trust.score >= trust.threshold ? style.good("allowed") : style.bad("below the threshold");
  return [
    `${indent}score ${trust.score.toFixed(3)}, threshold ${trust.threshold.toFixed(2)}: ${verdict}`,
    ...table(rows, `${indent}  `),
  ];
}
