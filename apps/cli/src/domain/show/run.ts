import type { RunResult } from "@sigil/wire";
import { printable, type Style } from "../style.ts";
import { bytes, table } from "../table.ts";
import { trustLines } from "./trust.ts";

/** A record that an output rests on, as its citation names it. */
export interface Cited {
  readonly ref: string;
  readonly title: string;
}

const VERDICT: Record<RunResult["verdict"], keyof Style> = {
  Allow: "good",
  Deny: "bad",
  Defer: "warn",
  ManualReview: "warn",
};

export function verdictText(run: Pick<RunResult, "verdict">, style: Style): string {
  return style[VERDICT[run.verdict]](run.verdict);
}

/** The Rule Zero output of a run: reasoning, suggestion, what it rests on, and what the verdict came from. */
export function outputLines(
  run: Pick<RunResult, "output" | "verdict" | "reasons">,
  cited: readonly Cited[],
  style: Style,
): string[] {
  const { output } = run;
  const titles = new Map(cited.map(({ ref, title }) => [ref, title]));
  const indent = (text: string) =>
    printable(text)
      .split("\n")
      .map((line) => (line === "" ? "" : `  ${line}`));
  const reasons = run.reasons.map(({ code, detail }) => `  ${code}: ${printable(detail)}`);
  return [
    style.bold("Reasoning"),
    ...indent(output.reasoning),
    "",
    style.bold("Suggestion"),
    ...indent(output.suggestion),
    "",
    style.bold("Rests on"),
    ...(output.context.length === 0
      ? ["  nothing: the output cites no record"]
      : table(
          output.context.map(({ ref, note }) => [
            ref,
            printable(titles.get(ref) ?? note ?? "").replaceAll("\n", " "),
          ]),
          "  ",
        )),
    "",
    `${style.bold("Verdict")}  ${verdictText(run, style)}, confidence ${output.confidence.toFixed(2)}`,
    ...reasons,
  ];
}

/** A run with everything that it left: output, trust, records, cost. */
export function runLines(run: RunResult, cited: readonly Cited[], style: Style): string[] {
  const { usage } = run;
  return [
    `${style.bold(run.module.id)} ${run.status}${run.code === undefined ? "" : ` (${run.code})`}  ${style.dim(`run ${run.run}`)}`,
    // A Deny is the last word; anything else that is held waits for somebody.
    ...(run.status === "held" && run.verdict !== "Deny"
      ? [style.dim(`  a Mentor decides whether its writes stay: sigil review show ${run.run}`)]
      : []),
    "",
    ...outputLines(run, cited, style),
    ...(run.trust === null ? [] : ["", style.bold("Trust"), ...trustLines(run.trust, style)]),
    "",
    style.bold("Records"),
    ...recordRows(run.records),
    "",
    style.dim(
      `cpu ${usage.cpuMs.toFixed(0)} ms, wall ${usage.wallMs.toFixed(0)} ms, memory ${bytes(usage.memoryBytes)}, ${usage.hostCalls} host calls`,
    ),
  ];
}

export function recordRows(
  records: readonly {
    readonly id: string;
    readonly kind: string;
    readonly hash: string;
    readonly index: number;
  }[],
): string[] {
  return table(
    records.map(({ id, kind, hash, index }) => [`leaf ${index}`, kind, id, hash]),
    "  ",
  );
}
