import type { BackupReport, MigrateReport, RestoreReport } from "../around-store.ts";
import { printable, type Style } from "../style.ts";
import { table } from "../table.ts";

export function backupLines(
  { file, bytes, sha256, records, root, needs, since }: BackupReport,
  style: Style,
): string[] {
  const rows = [
    ["file", printable(file)],
    ["bytes", String(bytes)],
    ["sha256", sha256],
    ["records", String(records)],
    ["root", root ?? ""],
    ...(since === undefined ? [] : [["goes on from", `${printable(since.file)} (${since.size} records)`]]),
  ];
  return [
    `${style.good("written and verified")}; encrypted as the store is`,
    ...table(rows, "  "),
    `  another machine also needs, from this home: ${needs.join(", ")}`,
  ];
}

export function restoreLines(report: RestoreReport, style: Style): string[] {
  const { epoch, origin, verifierKey, from, lost, reapplied, unknown, kept } = report;
  const rows = [
    ["origin", origin],
    ["verifier key", verifierKey],
    ["records from the backup", String(from)],
    ["records lost", lost === null ? "not known" : String(lost)],
    ["erasures applied again", String(reapplied.erasures)],
    ["revocations applied again", String(reapplied.revocations)],
    ...(reapplied.governing === undefined
      ? []
      : [["records of the quorum written again", String(reapplied.governing)]]),
    ["the old store is kept at", kept ?? "(there was none)"],
  ];
  return [
    `${style.good("restored")}: epoch ${epoch} begins, marked lockdown; trust.json lists it`,
    ...table(rows, "  "),
    ...(unknown.length === 0 ? [] : [style.bold("  what cannot be known:")]),
    ...unknown.map((line) => `  - ${printable(line)}`),
  ];
}

export function migrateLines(report: MigrateReport, style: Style): string[] {
  const { dryRun, lines, empty, migrated, present, rejected, kinds } = report;
  const rows = [
    ["lines", String(lines)],
    [dryRun ? "would be migrated" : "migrated", String(migrated)],
    ...Object.entries(kinds).map(([kind, count]) => [`  ${kind}`, String(count)]),
    ["in the store already", String(present)],
    ["empty", String(empty)],
    ["rejected", String(rejected.length)],
  ];
  return [
    dryRun ? style.bold("dry run: nothing was written") : style.good("done"),
    ...table(rows, "  "),
    ...rejected.map(({ line, code, detail }) => `  line ${line}  ${style.bad(code)}  ${printable(detail)}`),
  ];
}
