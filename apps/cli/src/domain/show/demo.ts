import type { RunResult } from "@sigil/wire";
import type { Evidence, Tampering, Verification } from "../demo/demonstration.ts";
import type { Launched } from "../launch.ts";
import { SERVICES, url } from "../services.ts";
import { printable, type Style } from "../style.ts";
import { bytes, table } from "../table.ts";
import { stepLines, verdictLine } from "./bundle.ts";
import { type Cited, outputLines, recordRows } from "./run.ts";
import { storeLines } from "./store.ts";
import { trustLines } from "./trust.ts";

const heading = (number: number, text: string, style: Style): string => style.bold(`${number}. ${text}`);

export function started(up: Launched, style: Style): string[] {
  const { founded } = up;
  return [
    heading(1, "A runtime of its own", style),
    ...(founded === undefined
      ? []
      : [
          `  genesis ${founded.genesis}`,
          `  ${founded.modules.map(({ id }) => id).join(", ")} registered by digest; ${founded.guidance} guidance entries recorded`,
        ]),
    `  ${SERVICES.map(({ name }) => `${name} ${url(up.addresses[name])}`).join(", ")}: ready in ${(up.milliseconds / 1000).toFixed(1)} s`,
    "",
  ];
}

export function reviewed(
  file: string,
  source: string,
  run: RunResult,
  cited: readonly Cited[],
  style: Style,
): string[] {
  const lines = source.split("\n").length;
  return [
    heading(
      2,
      `rust-mentor reviews ${printable(file)} (${lines} lines, ${bytes(new TextEncoder().encode(source).length)}) through the door`,
      style,
    ),
    ...outputLines(run, cited, style).map((line) => (line === "" ? "" : `  ${line}`)),
    ...(run.trust === null
      ? []
      : [
          "",
          `  ${style.bold("Trust")} of the caller for module.run`,
          ...trustLines(run.trust, style, "    "),
        ]),
    "",
  ];
}

export function recorded({ run, records, bundle, cited }: Evidence, style: Style): string[] {
  const payload = (kind: string) =>
    records.find(({ signed }) => signed.record.kind === kind)?.signed.record.payload;
  const body = (kind: string) => (payload(kind)?.body ?? {}) as Record<string, unknown>;
  const decision = body("decision");
  const chain = body("chain.frozen");
  const outcome = body("decision.outcome");
  return [
    heading(3, "What the log now holds of it", style),
    ...recordRows(run.records),
    "",
    `  ${style.bold("decision")}, signed by SigilDERG`,
    ...table(
      [
        ["action", `${decision.action} by ${decision.principal} (${decision.loa}): ${decision.verdict}`],
        ["policy", String(decision.policy)],
        ["outcome", String(outcome.status)],
      ],
      "    ",
    ),
    `  ${style.bold("chain.frozen")}, signed by MMF; hashes only, no text`,
    ...table(
      [
        ["input", String(chain.input)],
        ["calls", String(chain.calls)],
        ["output", String(chain.output)],
        ["rests on", `${Array.isArray(chain.context) ? chain.context.length : 0} records`],
        ["verdict", `${chain.verdict} (module: ${chain.moduleVerdict})`],
      ],
      "    ",
    ),
    `  exported as one bundle: ${bundle.entries.length} records (genesis, the run, ${new Set(cited.map(({ ref }) => ref)).size} cited entries) of ${bundle.origin}`,
    "  the services are stopped; nothing of Sigil runs from here on",
    "",
  ];
}

export function verified({ holds, code, report }: Verification, style: Style): string[] {
  return [
    heading(4, `A separate process, in a folder that holds only ${holds.join(" and ")}`, style),
    `  $ sigil verify bundle.json --trust trust.json   ${style.dim(`exit ${code}`)}`,
    ...stepLines(report, style).map((line) => (line === "" ? "" : `  ${line}`)),
    `  ${verdictLine(report, style)}`,
    "",
  ];
}

export function unpinned({ holds, code, report }: Verification, style: Style): string[] {
  return [
    `  and in a folder that holds only ${holds.join(" and ")}:`,
    `  $ sigil verify bundle.json   ${style.dim(`exit ${code}`)}`,
    `  ${verdictLine(report, style)}`,
    "",
  ];
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`;

export function tampered({ record, flip, clean, damaged }: Tampering, style: Style): string[] {
  const { id, kind } = record.signed.record;
  return [
    heading(5, "One byte of a copy of the database is changed", style),
    `  before: ${storeLines(clean, style)[0]}`,
    `  nexus.db, offset ${flip.offset}: ${hex(flip.before)} becomes ${hex(flip.after)}, inside ${kind} ${id}`,
    `  after:  ${storeLines(damaged, style)[0]}`,
    ...storeLines(damaged, style)
      .slice(1)
      .map((line) => `  ${line}`),
    "",
  ];
}

export function ended(seconds: number, style: Style): string[] {
  return [`${style.good("Done")} in ${seconds.toFixed(1)} s. The temporary home and its processes are gone.`];
}
