import { readFileSync } from "node:fs";
import type { ModuleContext } from "@sigil/module-sdk";
import { ruleZeroOutput } from "@sigil/policy";
import { describe, expect, it } from "vitest";
import module from "../src/index.ts";
import { MAX_LISTED } from "../src/report.ts";
import { MAX_SOURCE_BYTES } from "../src/source.ts";

/** A context whose canon answers with a ref per stream, except for the rules it is told to refuse. */
function contextRefusing(...refusedRules: string[]) {
  const reads: string[] = [];
  const canon = {
    read: async (query: { stream: string } | { id: string }) => {
      if (!("stream" in query)) throw new Error("the module reads by stream");
      reads.push(query.stream);
      const rule = query.stream.split("/").pop() ?? "";
      if (refusedRules.includes(rule)) throw Object.assign(new Error("no"), { code: "not-found" });
      return { ref: `ref-${rule}`, stream: query.stream, title: `About ${rule}`, text: "Guidance." };
    },
  };
  return { reads, ctx: { runId: "run", now: 0, canon } as unknown as ModuleContext };
}

async function run(source: string, refusing: string[] = [], path?: string) {
  const { ctx, reads } = contextRefusing(...refusing);
  const output = await module.run(path === undefined ? { source } : { source, path }, ctx);
  return { output: ruleZeroOutput.parse(output), reads };
}

describe("the output", () => {
  it("cites guidance that was read in this run for every finding, one read per rule", async () => {
    const source = readFileSync(
      new URL("../../../../../docs/examples/rust/orders.rs", import.meta.url),
      "utf8",
    );
    const { output, reads } = await run(source, [], "src/orders.rs");
    expect(output.verdict).toBe("ManualReview");
    expect(reads).toEqual([...new Set(reads)].toSorted());
    expect(output.audit).toHaveLength(16);
    const refs = new Set(output.context.map((entry) => entry.ref));
    for (const claim of output.audit ?? []) {
      const { rule, severity, line, column, ref } = claim as Record<string, string>;
      expect(refs.has(ref ?? "")).toBe(true);
      expect(reads).toContain(`system/canon/rust/${rule}`);
      expect(output.reasoning).toContain(`[${severity}] ${rule} at ${line}:${column}: `);
      expect(output.reasoning).toContain(`Rests on "About ${rule}", ${ref}.`);
    }
    expect(output.suggestion.indexOf("[error]")).toBeLessThan(output.suggestion.indexOf("[warning]"));
    expect(output.suggestion.indexOf("[warning]")).toBeLessThan(output.suggestion.indexOf("[info]"));
  });

  it("is Allow without an error-level finding, and reads no guidance for a clean file", async () => {
    const { output, reads } = await run("fn f() {}");
    expect(output).toMatchObject({ verdict: "Allow", context: [], audit: [] });
    expect(reads).toEqual([]);
    expect((await run("fn f(a: Option<u8>) -> u8 { a.unwrap() }")).output.verdict).toBe("Allow");
    expect((await run("static mut A: u8 = 0;")).output.verdict).toBe("ManualReview");
  });

  it("reports no finding whose guidance cannot be read, and says so as ManualReview", async () => {
    const source = "fn f(a: Option<u8>) -> u8 { dbg!(1); a.unwrap() }";
    const { output } = await run(source, ["unwrap"]);
    expect(output.verdict).toBe("ManualReview");
    expect(output.audit).toEqual([
      { rule: "debug-macro", severity: "warning", line: 1, column: 29, ref: "ref-debug-macro" },
    ]);
    expect(output.reasoning).toContain("guidance-unreadable: 1 match of unwrap cannot be reported");
    expect(output.reasoning).toContain("(not-found)");
    expect(output.reasoning).not.toContain("[warning] unwrap");
  });

  it("is Defer with the place for a file that does not parse", async () => {
    const { output } = await run("fn ok() {}\nfn broken() { let = 3; }\n");
    expect(output.verdict).toBe("Defer");
    expect(output.reasoning).toContain("source-unparsable: it is not valid Rust at 2:19");
    expect(output.confidence).toBeLessThan(0.5);
  });

  it("lists the gravest findings up to its cap and counts the rest", async () => {
    const { output } = await run(
      `${"fn f(a: Option<u8>) -> u8 { a.unwrap() }\n".repeat(400)}static mut A: u8 = 0;`,
    );
    expect(output.audit).toHaveLength(MAX_LISTED);
    expect(output.reasoning).toContain("1. [error] static-mut at 401:1");
    expect(output.reasoning).toContain(`${401 - MAX_LISTED} further findings, none graver than these`);
  });

  it("stays within the limits of an output for the worst lines", async () => {
    const worst = `static mut A: [u8; 1] = [/* ${"🦀".repeat(100)} */ 0];\n`;
    const { output } = await run(worst.repeat(500));
    expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThan(256 * 1024);
  });
});

describe("a text that cannot be reviewed is refused by name", () => {
  it.each([
    ["source-empty", ""],
    ["source-empty", " \n\t "],
    ["source-too-large", "//".padEnd(MAX_SOURCE_BYTES + 1, "x")],
    ["source-too-large", `// ${"€".repeat(MAX_SOURCE_BYTES / 3)}`],
    ["source-binary", "fn f() {}\u0000"],
    ["source-binary", "\u007fELF\u0002\u0001"],
    ["source-binary", "\ufffd".repeat(40)],
    ["source-too-deep", `fn f() { ${"(".repeat(300)}${")".repeat(300)} }`],
    ["source-too-deep", `${"/*".repeat(300)}${"*/".repeat(300)}`],
  ])("%s", async (code, source) => {
    const { output, reads } = await run(source);
    expect(output.verdict).toBe("Defer");
    expect(output.reasoning.startsWith(`${code}: `)).toBe(true);
    expect(output.audit).toEqual([{ refused: code }]);
    expect(reads).toEqual([]);
  });

  it("reviews exactly 524288 bytes", async () => {
    const { output } = await run("// ".padEnd(MAX_SOURCE_BYTES, "x"));
    expect(output.verdict).toBe("Allow");
  });

  it("does not count brackets in strings, characters and comments as nesting", async () => {
    const many = "(".repeat(300);
    const source = `fn f<'a>(x: &'a str) { g("${many}\\"", r#"${many}""#, '(', '\\'', b'['); } // ${many}\n/* ${many} */`;
    expect((await run(source)).output.verdict).toBe("Allow");
  });
});
