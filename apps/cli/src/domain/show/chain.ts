import type { ChainReport, ResponseOf } from "@sigil/wire";
import { printable, type Style } from "../style.ts";
import { table } from "../table.ts";
import { verdictText } from "./run.ts";

type View = ResponseOf<"sigilderg GET /v1/chains/:id">;
type Lineage = ResponseOf<"sigilderg GET /v1/chains/:id/lineage">;

/** What MMF signed in a chain, as far as it is shown. */
export interface ShownChain {
  readonly run: string;
  readonly verdict: "Allow" | "Deny" | "Defer" | "ManualReview";
  readonly moduleVerdict: string | null;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
  readonly audit: { readonly timestamp: string; readonly sessionId: string; readonly loa: string };
  readonly trust: { readonly modelId: string; readonly score: number; readonly allowed: boolean };
  readonly scope: { readonly principal: string; readonly moduleId: string; readonly moduleDigest: string };
  readonly engine: { readonly name: string; readonly version: string };
  readonly models?: readonly string[];
  readonly parentsOmitted?: number;
}

/** A chain for a person: who ran what, the verdict and why, what it rests on and descends from. */
export function chainLines(view: View, body: ShownChain, style: Style): string[] {
  const { audit, scope, trust, engine } = body;
  const { outcome } = view;
  const rows = (as: readonly View["cited"][number]["as"][]) =>
    table(
      view.cited
        .filter((each) => as.includes(each.as))
        .map(({ as: what, ref, hash, record }) => [
          what,
          record?.kind ?? style.dim("not there, or not yours to have"),
          record?.id ?? ref ?? "",
          printable(record?.title ?? "").replaceAll("\n", " ") ||
            style.dim(hash ?? "no hash: written by this run"),
        ]),
      "  ",
    );
  const parents = rows(["parent"]);
  return [
    `${style.bold(scope.moduleId)} ${verdictText(body, style)}  ${style.dim(`run ${body.run}`)}`,
    ...table(
      [
        ["module said", body.moduleVerdict ?? "nothing that could be read"],
        [
          "outcome",
          outcome === null ? "not recorded yet" : [outcome.status, outcome.code].filter(Boolean).join(", "),
        ],
        ["caller", `${scope.principal} (${audit.loa}), session ${audit.sessionId}`],
        ["time", audit.timestamp],
        [
          "trust",
          `${trust.score.toFixed(3)} by ${trust.modelId}: ${trust.allowed ? "allows it" : "does not allow it"}`,
        ],
        ["engine", `${engine.name} ${engine.version}`],
        ...(body.models === undefined ? [] : [["models", body.models.join(", ")]]),
        ["digest", style.dim(scope.moduleDigest)],
        ["record", `${view.signed.record.id}, leaf ${view.index}`],
        ["hash", style.dim(view.rh)],
      ],
      "  ",
    ),
    ...body.reasons.map(({ code, detail }) => `  ${style.warn(code)}: ${printable(detail)}`),
    "",
    style.bold("Records of the run"),
    ...rows(["input", "calls", "output"]),
    "",
    style.bold("Rests on"),
    ...orNone(rows(["context"]), "nothing: the output cites no record"),
    "",
    style.bold("Descends from"),
    ...orNone(parents, "no other chain"),
    ...(body.parentsOmitted === undefined ? [] : [`  and ${body.parentsOmitted} more, which its calls name`]),
  ];
}

function orNone(lines: string[], sentence: string): string[] {
  return lines.length === 0 ? [`  ${sentence}`] : lines;
}

const STATE: Record<ChainReport["steps"][number]["state"], readonly [keyof Style, string]> = {
  holds: ["good", "ok"],
  absent: ["warn", "–"],
  fails: ["bad", "no"],
};

/** The checks of each chain, and what they come to. */
export function checkedLines(chains: readonly ChainReport[], style: Style): string[] {
  return chains.flatMap(({ run, steps, verdict, failed }) => [
    "",
    `${style.bold("Chain")} of run ${run}`,
    ...table(
      steps.map(({ name, state, detail }) => {
        const [tone, word] = STATE[state];
        return [style[tone](word), name, printable(detail)];
      }),
      "  ",
    ),
    verdict === "refused"
      ? `${style.bad("refused")}: ${failed}`
      : verdict === "holds"
        ? `${style.good("holds")}: everything that it cites is here, and is what it says`
        : `${style.warn("incomplete")}: what is here is what it says; the rest was erased, or is not yours to have`,
  ]);
}

/** A lineage as a tree. A chain that several descend from is told once; the next time it is only named. */
export function lineageLines({ chains, unread, truncated }: Lineage, style: Style): string[] {
  const byHash = new Map(chains.map((chain) => [chain.hash, chain]));
  const unreadRun = new Map(unread.map(({ run, hash }) => [hash, run]));
  const told = new Set<string>();
  const lines: string[] = [];
  const tell = (hash: string, first: string, rest: string): void => {
    const chain = byHash.get(hash);
    if (chain === undefined) {
      lines.push(`${first}${style.dim(`run ${unreadRun.get(hash) ?? hash} (not read)`)}`);
      return;
    }
    const again = told.has(hash);
    told.add(hash);
    const words = `${chain.module} ${verdictText(chain, style)}  ${chain.principal}, ${chain.ts}  ${style.dim(`run ${chain.run}`)}`;
    lines.push(`${first}${words}${again && chain.parents.length > 0 ? style.dim(" (as above)") : ""}`);
    if (again) return;
    const last = chain.parents.length - 1;
    for (const [at, parent] of chain.parents.entries())
      tell(parent, `${rest}${at === last ? "└─ " : "├─ "}`, `${rest}${at === last ? "   " : "│  "}`);
  };
  const [root] = chains;
  if (root !== undefined) tell(root.hash, "", "");
  return [
    ...lines,
    ...(truncated ? ["", style.dim("not all was read: --depth and --limit say how much")] : []),
  ];
}
