import type { Rehearsal } from "@sigil/wire";
import { printable, type Style } from "../style.ts";
import { bytes, table } from "../table.ts";
import type { Built } from "./build.ts";
import type { CaseResult, GuardResult } from "./rehearse.ts";

/** How much of an argument, a result or a text of a module is shown on a line. */
const WIDTH = 96;

const short = (value: unknown): string => {
  const text = printable(typeof value === "string" ? value : (JSON.stringify(value) ?? "")).replaceAll(
    "\n",
    " ",
  );
  return text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text;
};

const calls = (count: number) => (count === 1 ? "1 call" : `${count} calls`);

function costs({ usage }: Rehearsal): string {
  return `${usage.cpuMs} ms CPU, ${bytes(usage.memoryBytes)}, ${calls(usage.hostCalls)}`;
}

/** What was built: its name, size, what it may do and whose code is in it. */
export function builtLines({ manifest, files, bundle }: Built, style: Style): string[] {
  const size = files.get(manifest.entry)?.length ?? 0;
  return [
    `${style.bold(manifest.id)} ${manifest.version}  ${printable(manifest.description)}`,
    ...table(
      [
        ["code", `${manifest.entry}, ${bytes(size)}`],
        ["may", manifest.capabilities.map(({ name }) => name).join(", ") || "nothing but compute"],
        ["packages in it", bundle.packages.join(", ") || "none"],
        ["digest", style.dim(manifest.digest)],
      ],
      "  ",
    ),
  ];
}

/** One line for a case, and what was wrong with it. */
export function caseLines({ case: each, answer, problems }: CaseResult, style: Style): string[] {
  const mark = problems.length === 0 ? style.good("ok    ") : style.bad("failed");
  const came =
    "rehearsal" in answer
      ? `${answer.rehearsal.code ?? answer.rehearsal.verdict}  ${style.dim(costs(answer.rehearsal))}`
      : "error" in answer
        ? answer.error.code
        : "";
  return [
    `${mark}  ${printable(each.name)}  ${came}`,
    ...problems.flatMap((problem) => indented(problem, style.bad)),
  ];
}

/** A case as its author watches it: every call with what it was given and answered, and what came of it. */
export function caseStory(result: CaseResult, style: Style): string[] {
  const { answer } = result;
  const [head = "", ...problems] = caseLines(result, style);
  if (!("rehearsal" in answer)) return [head, ...problems];
  const { calls: made, output, code } = answer.rehearsal;
  return [
    head,
    ...made.flatMap(({ method, args, result: got, error, ms }) => [
      `        ${style.bold(method)} ${short(args)}  ${style.dim(`${ms} ms`)}`,
      error === undefined
        ? `          ${style.dim("=")} ${short(got)}`
        : `          ${style.bad(error.code)} ${short(error.detail)}`,
    ]),
    ...(code === undefined ? [`        ${style.dim("says")} ${short(output.suggestion)}`] : []),
    ...output.context.map(({ ref }) => `        ${style.dim("cites")} ${short(ref)}`),
    ...problems,
  ];
}

export function guardLines({ name, problem, code, cpuMs }: GuardResult, style: Style): string[] {
  const mark = problem === undefined ? style.good("ok    ") : style.bad("failed");
  const after = code === undefined ? "" : `  ${style.dim(`${code} after ${cpuMs} ms CPU`)}`;
  return [`${mark}  ${name}${after}`, ...(problem === undefined ? [] : indented(problem, style.bad))];
}

const indented = (text: string, as: (line: string) => string): string[] =>
  printable(text)
    .split("\n")
    .map((line) => `        ${as(line)}`);
