import { describe, expect, it } from "vitest";
import { review } from "../src/review.ts";
import { RULES } from "../src/rules.ts";
import { SNIPPETS } from "./snippets.ts";

const firedBy = (rule: string, source: string) => {
  const { errors, findings } = review(source, "src/lib.rs");
  expect(errors, `does not parse: ${source}`).toEqual([]);
  return findings.filter((finding) => finding.rule.id === rule);
};

describe("each rule", () => {
  it("has snippets that show it firing and being quiet", () => {
    expect(Object.keys(SNIPPETS).toSorted()).toEqual(RULES.map((rule) => rule.id).toSorted());
    for (const { fires, quiet } of Object.values(SNIPPETS)) {
      expect(fires.length).toBeGreaterThan(0);
      expect(quiet.length).toBeGreaterThan(0);
    }
  });

  for (const [rule, { fires, quiet }] of Object.entries(SNIPPETS)) {
    it.each(fires)(`${rule} fires once in: %s`, (source) => {
      expect(firedBy(rule, source)).toHaveLength(1);
    });
    it.each(quiet)(`${rule} is quiet in: %s`, (source) => {
      expect(firedBy(rule, source)).toEqual([]);
    });
  }

  it("names itself once, and says what, why and how to fix in bounded text", () => {
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
    for (const rule of RULES) {
      expect(rule.id).toMatch(/^[a-z][a-z0-9-]{2,40}$/);
      for (const text of [rule.title, rule.matches, rule.why, rule.fix])
        expect(text.length).toBeGreaterThan(5);
      expect(rule.why.length + rule.fix.length).toBeLessThan(500);
    }
  });

  it("leaves a file under tests/ alone where it leaves test code alone", () => {
    const source = "fn f(a: Option<u8>) -> u8 { a.unwrap() }";
    expect(review(source, "src/a.rs").findings).toHaveLength(1);
    for (const path of ["tests/a.rs", "crates/x/benches/a.rs", "src/parser/tests.rs", "src\\x_test.rs"]) {
      expect(review(source, path).findings, path).toEqual([]);
    }
  });
});
