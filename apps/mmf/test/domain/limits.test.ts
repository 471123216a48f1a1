import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_FAULTS } from "@sigil/policy";
import { LIMIT_NAMES, LIMITS } from "@sigil/wire/module-package";
import { expect, test } from "vitest";
import { limitSentence, runLimits } from "../../src/domain/limits.ts";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

test.each(LIMIT_NAMES)("the README says of %s what the table of limits says", (name) => {
  const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``));
  const { default: usual, ceiling, code } = LIMITS[name];
  const cells = row?.split("|").map((cell) => cell.trim());
  expect(cells?.slice(1, 5)).toEqual([`\`${name}\``, `${usual}`, `${ceiling}`, `\`${code}\``]);
});

test("every limit has a code of its own, under which a run can end, and a sentence with the value and the remedy", () => {
  const codes = LIMIT_NAMES.map((name) => LIMITS[name].code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.filter((code) => !(code in RUN_FAULTS))).toEqual([]);
  const limits = runLimits({ cpuMs: 7 });
  expect(limitSentence("cpu-limit", limits)).toBe(
    "the run needed more than 7 ms of CPU time; do less per run, or ask for more in the manifest",
  );
  expect(limitSentence("guest-error", limits)).toBeUndefined();
});
