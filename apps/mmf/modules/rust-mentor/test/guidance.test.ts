import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GUIDANCE_STREAM } from "../src/guidance.ts";
import { RULES } from "../src/rules.ts";

interface Entry {
  slug: string;
  title: string;
  text: string;
  source?: string;
  tags: string[];
}

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const entries = JSON.parse(read("guidance.json")) as Entry[];
const sentences = (text: string) => text.split(/[.:?!](?=\s|$)/).filter((part) => part.trim() !== "").length;

describe("the guidance", () => {
  it("has exactly one entry for every rule", () => {
    expect(entries.map((entry) => entry.slug).toSorted()).toEqual(
      RULES.map((rule) => `rust/${rule.id}`).toSorted(),
    );
  });

  it("says in two to six sentences what its rule rests on, and where that comes from", () => {
    for (const { slug, title, text, source, tags } of entries) {
      expect(title.length, slug).toBeLessThanOrEqual(256);
      expect(sentences(text), slug).toBeGreaterThanOrEqual(2);
      expect(sentences(text), slug).toBeLessThanOrEqual(7);
      expect(text.length, slug).toBeLessThan(1200);
      expect(source, slug).toBeTruthy();
      expect(tags, slug).toContain("rust");
    }
  });

  it("lies within what the manifest lets the module read", () => {
    const manifest = JSON.parse(read("sigil.module.json")) as {
      capabilities: { name: string; scope: { streams?: string[] } }[];
    };
    expect(manifest.capabilities).toEqual([
      { name: "canon.read", scope: { streams: [`${GUIDANCE_STREAM}*`] } },
      { name: "llm.complete", scope: {} },
    ]);
  });
});

describe("the README", () => {
  it("has a row for every rule, as the rule itself says it", () => {
    const cell = (text: string) => text.replaceAll("|", "\\|");
    const rows = RULES.map((rule) => `| \`${rule.id}\` | ${rule.severity} | ${cell(rule.matches)} |`);
    const table = read("README.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(table).toEqual(rows);
  });
});
