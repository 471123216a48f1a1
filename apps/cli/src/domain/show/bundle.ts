import type { BundleReport } from "@sigil/canon";
import type { FollowedKey } from "../followed.ts";
import { printable, type Style } from "../style.ts";
import { table } from "../table.ts";

/** A verification report for a person: the checks, the records, the verdict. */
export function bundleLines(report: BundleReport, style: Style): string[] {
  return [...stepLines(report, style), "", ...entryLines(report), "", verdictLine(report, style)];
}

function entryLines(report: BundleReport): string[] {
  return table(
    report.entries.map(({ index, kind, id, rh }) => [
      `leaf ${index}`,
      kind ?? "(record not included)",
      id ?? "",
      rh,
    ]),
    "  ",
  );
}

/** One line per kind of check, then every failure in full. */
export function stepLines(report: BundleReport, style: Style): string[] {
  const names = [...new Set(report.steps.map(({ name }) => name))];
  const checks = names.map((name) => {
    const steps = report.steps.filter((step) => step.name === name);
    const failed = steps.filter(({ ok }) => !ok).length;
    const only =
      steps.length === 1
        ? printable(steps[0]?.detail ?? "")
        : `${steps.length - failed} of ${steps.length} hold`;
    return [failed === 0 ? style.good("ok") : style.bad("no"), name, only];
  });
  const failures = report.steps
    .filter(({ ok }) => !ok)
    .map(
      ({ name, subject, detail }) =>
        `  ${name}${subject === undefined ? "" : `, ${subject}`}: ${printable(detail)}`,
    );
  // Who agreed to what is the question that such a bundle answers.
  const agreed = report.steps
    .filter(({ name, ok }) => ok && name === "quorum")
    .map(({ subject, detail }) => `  ${subject === undefined ? "" : `${subject}: `}${printable(detail)}`);
  return [
    ...table(checks, "  "),
    ...(agreed.length === 0 ? [] : ["", ...agreed]),
    ...(failures.length === 0 ? [] : ["", ...failures]),
  ];
}

export function verdictLine({ verdict, code }: BundleReport, style: Style): string {
  if (verdict === "verified")
    return `${style.good("verified")}: every record is in the log that the pinned keys signed`;
  if (verdict === "unpinned")
    return `${style.warn("unpinned")}: consistent in itself, but no trust file says whose keys these are; name one with --trust`;
  return `${style.bad("refused")}: ${code}`;
}

/** Which keys were believed beyond the trust file, or what to do about a key that it does not pin. */
export function followedLines(
  { code }: BundleReport,
  { followed, unfollowed }: { followed: readonly FollowedKey[]; unfollowed?: string },
  style: Style,
): string[] {
  const lines = followed.map(
    ({ role, kid, from }) =>
      `  ${role} key ${kid} counts from leaf ${from} on: the key before it and it itself signed so, at leaf ${from - 1}`,
  );
  if (unfollowed !== undefined)
    lines.push(`  the bundle brings a rotation that does not count: ${printable(unfollowed)}`);
  if (followed.length > 0)
    lines.push(style.dim("  The trust file is older than these keys: get the new one, `sigil canon trust`."));
  else if (code === "key-not-pinned")
    lines.push(
      style.dim(
        "  The keys are newer than the trust file, or not of this runtime: get its new one, `sigil canon trust`.",
      ),
    );
  return lines;
}

export const BUNDLE_EXIT = { verified: 0, refused: 1, unpinned: 2 } as const;
