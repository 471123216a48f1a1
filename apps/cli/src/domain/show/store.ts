import type { StoreReport } from "../store-report.ts";
import { printable, type Style } from "../style.ts";
import { table } from "../table.ts";

/** The store's report on itself: what was checked, or each place that is not what it was. */
export function storeLines(report: StoreReport, style: Style): string[] {
  const since = report.grounds === null ? "" : ` from leaf ${report.from} on (${groundsOf(report.grounds)})`;
  const head = `${report.records} records${since}, log of ${report.size} leaves, root ${report.root}`;
  const erased = report.erased.map(
    ({ index, id, receipt }) => `  leaf ${index}  ${id}  erased by the receipt at leaf ${receipt}`,
  );
  if (report.ok) return [`${style.good("intact")}: ${head}`, ...erased];
  return [
    `${style.bad("damaged")}: ${head}`,
    ...erased,
    ...table(
      report.findings.map(({ index, id, kind, check, detail }) => [
        typeof index !== "number" ? "" : `leaf ${index}`,
        kind ?? "",
        id ?? "",
        style.bad(check),
        printable(detail),
      ]),
      "  ",
    ),
  ];
}

function groundsOf(grounds: NonNullable<StoreReport["grounds"]>): string {
  return grounds.by === "checkpoint"
    ? "those below are the checkpoint's, and were not looked at"
    : `those below were sound at ${grounds.at}, and were not looked at again`;
}
