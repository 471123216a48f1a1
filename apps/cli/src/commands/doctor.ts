import { DIAGNOSIS } from "../domain/answer/shapes.ts";
import { type Command, type Input, invalid } from "../domain/command.ts";
import { examine } from "../domain/doctor/examine.ts";
import type { Finding } from "../domain/doctor/findings.ts";
import { LEAST_FREE } from "../domain/doctor/store.ts";
import { EXIT } from "../domain/exit.ts";
import type { Needs } from "../domain/needs.ts";
import type { Style } from "../domain/style.ts";
import { bytesOf } from "../domain/table.ts";

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
      "check keys, permissions, ports, services, versions, store, anchor, isolation, disk and clock; each finding with its remedy",
    options: [
      { flags: "--least-free <size>", summary: "call a disk full below this, such as 2GiB (default 256MiB)" },
    ],
    examples: ["doctor", "doctor --json", "doctor --least-free 10GiB"],
    answer: DIAGNOSIS,
    async run(input) {
      say("examining");
      const findings = examine(await facts(input.settings, leastFreeOf(input)));
      const count = (level: Finding["level"]) => findings.filter((each) => each.level === level).length;
      const [faults, warnings] = [count("fault"), count("warning")];
      return {
        json: { ok: faults === 0, faults, warnings, findings },
        text: (style) => [
          ...findings.flatMap(({ level, code, check, detail, remedy }) => [
            `${MARK[level](style)}${check.padEnd(12)}${detail}${level === "ok" ? "" : style.dim(` (${code})`)}`,
            ...(remedy === null ? [] : [`${" ".repeat(20)}${style.dim(`→ ${remedy}`)}`]),
          ]),
          "",
          faults === 0
            ? `${style.good("no fault")}, ${warnings} warnings`
            : `${style.bad(`${faults} faults`)}, ${warnings} warnings`,
        ],
        exit: faults > 0 ? EXIT.refused : warnings > 0 ? EXIT.warned : EXIT.done,
      };
    },
  };
}

function leastFreeOf(input: Input): number {
  const text = input.option("leastFree");
  if (text === undefined) return LEAST_FREE;
  const size = bytesOf(text);
  if (size !== undefined) return size;
  throw invalid(
    `--least-free is ${JSON.stringify(text)}`,
    "A number with B, KiB, MiB, GiB or TiB, such as 2GiB.",
  );
}
