import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

/** Compares a text with a golden file beside the tests, or writes it when UPDATE_GOLDEN=1. */
export function expectGolden(name: string, text: string): void {
  const file = new URL(name, import.meta.url);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  expect(
    text,
    `what is decided differs from packages/policy/test/${name}. If that is meant, run ` +
      "`UPDATE_GOLDEN=1 vitest run packages/policy` and have the difference reviewed: it is a change of policy.",
  ).toBe(readFileSync(file, "utf8"));
}
