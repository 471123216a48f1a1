import { ACTIONS, type ActionRow, type Caller, decide, type Facts, LOA, policyDigest } from "@sigil/policy";
import { test } from "vitest";
import { expectGolden } from "./golden.ts";
import { caller, derg, mmf, NOW, QUORUM, SOLO } from "./people.ts";

const line = (cells: readonly string[], widths: readonly number[]) =>
  cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join(" ")
    .trimEnd();
const WIDTHS = [21, 8, 9, 9, 8, 7, 9, 8, 9, 9, 8, 9, 6, 6, 9, 0];

/** `yes`, `solo` for an allow that marks a missing quorum, else the status and the first reason's initials. */
function cell(action: string, who: Caller | null, facts: Facts): string {
  const { verdict, status, reasons } = decide(action, who, facts, NOW);
  if (verdict === "allow") return reasons.some(({ code }) => code === "solo-mode") ? "solo" : "yes";
  const marks: Partial<Record<string, string>> = {
    "quorum-required": "403q",
    "witness-required": "403w",
    "locked-down": "403l",
  };
  return marks[reasons[0]?.code ?? ""] ?? String(status);
}

const quorumOf = ({ quorum, quorumFrom }: ActionRow) =>
  `${quorum}${quorumFrom === undefined ? "" : ` from ${quorumFrom}`}`;

test("the matrix of levels and actions is the reviewed one", () => {
  const rows = ACTIONS.map((row) =>
    line(
      [
        row.action,
        cell(row.action, null, SOLO),
        ...LOA.map((loa) => cell(row.action, caller(loa), SOLO)),
        cell(row.action, caller("Root"), QUORUM),
        cell(row.action, caller("Root"), { ...QUORUM, approved: true }),
        cell(row.action, caller("Root"), { ...SOLO, lockdown: true }),
        cell(row.action, derg, SOLO),
        cell(row.action, mmf, SOLO),
        row.trust === null ? "–" : row.trust.toFixed(1),
        row.recorded,
        quorumOf(row),
      ],
      WIDTHS,
    ),
  );
  expectGolden(
    "matrix.golden.txt",
    [
      "Who may do what: fresh, clean callers with the scope *, in solo mode unless the column says otherwise.",
      "yes = allowed · solo = allowed, marked because quorum mode would ask others · 401, 403, 404 = denied",
      "403q = a quorum is required · 403w = the caller is no registered witness",
      "Root/q = in quorum mode · approved = there, at the commit of a proposal whose quorum is reached",
      "Root/l = in lockdown, where 403l = stopped by it; a proposal goes on there only if it leads out",
      "",
      `table ${policyDigest()}`,
      "",
      line(
        [
          "action",
          "nobody",
          ...LOA,
          "Root/q",
          "approved",
          "Root/l",
          "sigilderg",
          "mmf",
          "trust",
          "recorded",
          "quorum",
        ],
        WIDTHS,
      ),
      ...rows,
      "",
    ].join("\n"),
  );
});
