import { type Claim, type RuleZeroOutput, ruleZero, type Verdict } from "@sigil/module-sdk";
import type { Citation, Guidance } from "./guidance.ts";
import type { Finding, Review } from "./review.ts";
import type { Severity } from "./rule.ts";
import { RULES } from "./rules.ts";
import { type Position, type SourceRefusal, shorten } from "./source.ts";

/** Findings that one report lists; the gravest come first, and the rest are counted. */
export const MAX_LISTED = 100;
/** Places that one line of the report names. */
const MAX_PLACES = 12;

const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

type Cited = Finding & { readonly citation: Citation };

/**
 * The Rule Zero output of a review. Verdict: **Defer** when the text does not parse, **ManualReview** when a finding is an
 * error or guidance could not be read (the more restrictive of all that hold), else **Allow**.
 */
export function report(review: Review, guidance: Guidance, path: string): RuleZeroOutput {
  const cited: Cited[] = [];
  for (const finding of review.findings) {
    const citation = guidance.citations.get(finding.rule.id);
    if (citation) cited.push({ ...finding, citation });
  }
  cited.sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
  const listed = cited.slice(0, MAX_LISTED);
  const verdict = verdictOf(review, guidance, cited);
  return ruleZero({
    context: contextOf(listed),
    reasoning: reasoningOf(review, guidance, cited, listed, verdict, path),
    suggestion: suggestionOf(review, listed),
    verdict,
    confidence: confidenceOf(review, guidance),
    audit: listed.map(claimOf),
  });
}

/** The output for a text that is not reviewed at all: Defer, with the reason's name first. */
export function refused(refusal: SourceRefusal): RuleZeroOutput {
  return ruleZero({
    context: [],
    reasoning: `${refusal.code}: ${refusal.detail}`,
    suggestion: "Nothing was reviewed. Give the text of one Rust source file.",
    verdict: "Defer",
    confidence: 0,
    audit: [{ refused: refusal.code }],
  });
}

function rank(finding: Finding): number {
  return SEVERITIES.indexOf(finding.rule.severity);
}

function verdictOf(review: Review, guidance: Guidance, cited: readonly Cited[]): Verdict {
  if (guidance.missing.size > 0 || cited.some((finding) => finding.rule.severity === "error"))
    return "ManualReview";
  return review.errors.length > 0 ? "Defer" : "Allow";
}

/** The findings follow from the tree; what types and other files would add is unknown, so never 1. */
function confidenceOf(review: Review, guidance: Guidance): number {
  if (review.errors.length > 0) return 0.3;
  return guidance.missing.size > 0 ? 0.5 : 0.9;
}

/** One entry per rule, naming the lines that rest on it. */
function contextOf(listed: readonly Cited[]): { ref: string; note: string }[] {
  return byRule(listed).map(([first, findings]) => ({
    ref: first.citation.ref,
    note: `${first.rule.id} @ ${places(findings)}`,
  }));
}

function byRule(findings: readonly Cited[]): [Cited, readonly Cited[]][] {
  const groups = new Map<string, Cited[]>();
  for (const finding of findings) {
    const group = groups.get(finding.rule.id);
    if (group) group.push(finding);
    else groups.set(finding.rule.id, [finding]);
  }
  return [...groups.values()].flatMap((group) => (group[0] ? [[group[0], group] as [Cited, Cited[]]] : []));
}

function places(findings: readonly Position[]): string {
  const shown = findings.slice(0, MAX_PLACES).map(({ line, column }) => `${line}:${column}`);
  const more = findings.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function reasoningOf(
  review: Review,
  guidance: Guidance,
  cited: readonly Cited[],
  listed: readonly Cited[],
  verdict: Verdict,
  path: string,
): string {
  const name = path === "" ? "the source" : shorten(path, 120);
  const lines = [
    `Read ${name}: ${count(review.lines, "line")}, ${count(review.nodes, "syntax node")}, ${count(RULES.length, "rule")}.`,
  ];
  if (review.errors.length > 0) {
    lines.push(
      `source-unparsable: it is not valid Rust at ${places(review.errors)}. Only items without such a place were reviewed.`,
    );
  }
  for (const [rule, code] of guidance.missing) {
    const number = review.findings.filter((finding) => finding.rule.id === rule).length;
    lines.push(
      `guidance-unreadable: ${count(number, "match", "matches")} of ${rule} cannot be reported, since the guidance it rests on could not be read (${code}).`,
    );
  }
  lines.push(summary(cited));
  for (const [index, finding] of listed.entries()) {
    lines.push(
      "",
      `${index + 1}. [${finding.rule.severity}] ${finding.rule.id} at ${finding.line}:${finding.column}: ${finding.snippet}`,
      `   ${finding.detail} ${finding.rule.why}`,
      `   Rests on "${finding.citation.title}", ${finding.citation.ref}.`,
    );
  }
  if (cited.length > listed.length) {
    lines.push(
      "",
      `${count(cited.length - listed.length, "further finding")}, none graver than these, left out of this list.`,
    );
  }
  lines.push("", `Verdict ${verdict}: ${because(review, guidance, cited)}.`);
  return lines.join("\n");
}

function summary(cited: readonly Cited[]): string {
  if (cited.length === 0) return "No rule matched.";
  const counts = SEVERITIES.map(
    (severity) => [severity, cited.filter((finding) => finding.rule.severity === severity).length] as const,
  );
  const parts = counts
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => (severity === "info" ? `${number} info` : count(number, severity)));
  return `${count(cited.length, "finding")}: ${parts.join(", ")}.`;
}

function because(review: Review, guidance: Guidance, cited: readonly Cited[]): string {
  const reasons: string[] = [];
  if (cited.some((finding) => finding.rule.severity === "error"))
    reasons.push("a finding of severity error needs a person's decision");
  if (guidance.missing.size > 0)
    reasons.push("a match without readable guidance is no finding, and silence about it would mislead");
  if (review.errors.length > 0) reasons.push("a file that does not parse cannot be judged");
  return reasons.join("; ") || "nothing found is an error";
}

function suggestionOf(review: Review, listed: readonly Cited[]): string {
  const steps: string[] = [];
  const syntax = review.errors[0];
  if (syntax) steps.push(`Make the file parse first: see line ${syntax.line}, column ${syntax.column}.`);
  for (const [first, findings] of byRule(listed)) {
    const remedies = [...new Set(findings.map((finding) => finding.fix))].slice(0, 3).join(" ");
    steps.push(`[${first.rule.severity}] ${first.rule.title} (${places(findings)}): ${remedies}`);
  }
  return steps.length === 0
    ? "Nothing to change."
    : steps.map((step, index) => `${index + 1}. ${step}`).join("\n");
}

function claimOf(finding: Cited): Claim {
  const { rule, line, column, citation } = finding;
  return { rule: rule.id, severity: rule.severity, line, column, ref: citation.ref };
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
