import type { RuleZeroOutput } from "@sigil/policy";
import type { ResponseOf } from "@sigil/wire";
import { printable, type Style, visible } from "../style.ts";
import { table } from "../table.ts";
import { outputLines, verdictText } from "./run.ts";

type Summary = ResponseOf<"sigilderg GET /v1/runs">["runs"][number];
type View = ResponseOf<"sigilderg GET /v1/runs/:id">;
type Held = ResponseOf<"sigilderg GET /v1/reviews">["runs"][number];
type Detail = ResponseOf<"sigilderg GET /v1/reviews/:id">;

const LOOKS: Record<Summary["status"], keyof Style> = {
  open: "dim",
  done: "good",
  held: "warn",
  approved: "good",
  denied: "bad",
  failed: "bad",
  unknown: "warn",
};

function statusText({ status, code }: Pick<Summary, "status" | "code">, style: Style): string {
  return style[LOOKS[status]](code === undefined ? status : `${status} (${code})`);
}

/** A run of a list: when, which module, how it stands. */
export function runRow(run: Summary, style: Style): string[] {
  const verdict = run.verdict === null ? "" : verdictText({ verdict: run.verdict }, style);
  return [style.dim(run.startedAt), run.run, run.module.id, statusText(run, style), verdict];
}

/** What keeps a held run, in words. */
export function heldBecause({
  moduleVerdict,
  reasons,
  code,
}: Pick<Held, "moduleVerdict" | "reasons" | "code">): string[] {
  const own = moduleVerdict === "Defer" || moduleVerdict === "ManualReview";
  return [
    ...(own ? [`the module itself says ${moduleVerdict}`] : []),
    ...reasons.map(({ code: of, detail }) => `${of}: ${printable(detail)}`),
    ...(code === undefined ? [] : [`${code} when it ended`]),
  ];
}

function reviewLines(review: Summary["review"], style: Style): string[] {
  if (review === null) return [];
  const { verdict, by, ts, reason } = review;
  const word = style[verdict === "approved" ? "good" : "bad"](verdict);
  return ["", style.bold("Review"), `  ${word} by ${by} at ${ts}: ${visible(reason)}`];
}

/** One run of the caller's own: how it stands, why, what it said, and what it left. */
export function runViewLines(view: View, style: Style): string[] {
  const output = view.records.find(({ kind }) => kind === "run.output")?.payload;
  const said = output as unknown as RuleZeroOutput | undefined;
  const why = view.status === "held" ? heldBecause(view) : [];
  return [
    `${style.bold(view.module.id)} ${statusText(view, style)}  ${style.dim(`run ${view.run}`)}`,
    ...why.map((line) => `  ${line}`),
    ...(view.status === "held" ? [`  a Mentor decides: sigil review show ${view.run}`] : []),
    ...reviewLines(view.review, style),
    "",
    ...(said === undefined || view.verdict === null
      ? ["it left no output that is still there"]
      : outputLines({ output: said, verdict: view.verdict, reasons: view.reasons }, [], style)),
    "",
    style.bold("Records"),
    ...table([[view.decision, "decision"], ...view.records.map(({ id, kind }) => [id, kind])], "  "),
  ];
}

/** A held run of a list: since when, whose, of which module, and what keeps it. */
export function heldRow(run: Held, style: Style): string[] {
  const [because = ""] = heldBecause(run);
  return [style.dim(run.heldAt), run.run, run.principal, run.module.id, writesText(run.writes), because];
}

function writesText(count: number): string {
  if (count === 0) return "no write waits";
  return count === 1 ? "1 write waits" : `${count} writes wait`;
}

/** Everything that a reviewer judges by, and what comes next. */
export function reviewDetailLines(detail: Detail, style: Style): string[] {
  const { run, principal, module, verdict, reasons, input, output, blocks, review, loa } = detail;
  return [
    `${style.bold(module.id)} ${statusText(detail, style)}  ${style.dim(`run ${run} of ${principal} at ${loa}`)}`,
    ...heldBecause(detail).map((line) => `  ${line}`),
    ...reviewLines(review, style),
    "",
    style.bold("Input"),
    ...(input === null ? ["  erased"] : indented(JSON.stringify(input, null, 2))),
    "",
    ...(output === null ? ["its output is erased"] : outputLines({ output, verdict, reasons }, [], style)),
    "",
    style.bold(writesText(detail.writes)),
    ...blocks.flatMap(({ kind, text, tags, loa: readable }) => [
      `  ${kind} block for ${readable}${tags.length === 0 ? "" : `, tagged ${tags.join(", ")}`}`,
      ...indented(text, "    "),
    ]),
    ...(review === null
      ? [
          "",
          style.dim(`sigil review approve ${run} --reason '…'   or   sigil review deny ${run} --reason '…'`),
        ]
      : []),
  ];
}

function indented(text: string, by = "  "): string[] {
  return printable(text)
    .split("\n")
    .map((line) => (line === "" ? "" : by + line));
}
