import { DIAGNOSIS } from "../domain/answer/shapes.ts";
import type { Command } from "../domain/command.ts";
import { examine, type Finding } from "../domain/doctor/examine.ts";
import { EXIT } from "../domain/exit.ts";
import type { Needs } from "../domain/needs.ts";
import type { Style } from "../domain/style.ts";

const MARK: Record<Finding["level"], (style: Style) => string> = {
  ok: (style) => style.good("ok      "),
  note: (style) => style.dim("note    "),
  warning: (style) => style.warn("warning "),
  fault: (style) => style.bad("fault   "),
};

/** `sigil doctor`: what is wrong with this runtime and what to do about it. Changes nothing. */
export function doctor({ facts, say }: Pick<Needs, "facts" | "say">): Command {
  return {
    path: "doctor",
    action: "local.run",
    group: "Run Sigil",
    summary:
      "check keys, permissions, ports, services, anchor, isolation, disk and clock; each finding with its remedy",
    examples: ["doctor", "doctor --json"],
    answer: DIAGNOSIS,
    async run(input) {
      say("examining");
      const findings = examine(await facts(input.settings));
      const faults = findings.filter(({ level }) => level === "fault").length;
      const warnings = findings.filter(({ level }) => level === "warning").length;
      return {
        json: { ok: faults === 0, faults, warnings, findings },
        text: (style) => [
          ...findings.flatMap(({ level, check, detail, remedy }) => [
            `${MARK[level](style)}${check.padEnd(12)}${detail}`,
            ...(remedy === null ? [] : [`${" ".repeat(20)}${style.dim(`→ ${remedy}`)}`]),
          ]),
          "",
          faults === 0
            ? `${style.good("no fault")}, ${warnings} warnings`
            : `${style.bad(`${faults} faults`)}, ${warnings} warnings`,
        ],
        exit: faults === 0 ? EXIT.done : EXIT.refused,
      };
    },
  };
}
