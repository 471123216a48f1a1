import type { ErasureAnswer } from "@sigil/wire";
import { printable, type Style } from "../style.ts";
import { table } from "../table.ts";

/** What was erased, or would be: kinds, receipts, and the backups that still hold it. */
export function erasureLines(answer: ErasureAnswer, style: Style): string[] {
  const { preview, principal, records, kinds, receipts, backups, decision } = answer;
  const what = Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
  const head = preview
    ? `${style.bold("preview")}: ${records} records of ${principal} would be erased for ever (${what})`
    : `${style.good("erased")}: ${records} records of ${principal} (${what})`;
  return [
    head,
    ...table(
      [...receipts.map(({ id, index }) => ["receipt", `${id} at leaf ${index}`]), ["decision", decision]],
      "  ",
    ),
    ...(backups.length === 0 ? [] : [style.dim("  these backups were made before and still hold them:")]),
    ...backups.map(({ at, file }) => `  ${at}  ${printable(file)}`),
    ...(preview ? [style.dim("  nothing was erased; repeat with --yes")] : []),
  ];
}
