import { readFileSync } from "node:fs";
import type { LlmRequest, ModuleContext } from "@sigil/module-sdk";
import { ruleZeroOutput } from "@sigil/policy";
import { describe, expect, it } from "vitest";
import module from "../src/index.ts";
import { MAX_LISTED } from "../src/report.ts";
import { MAX_SOURCE_BYTES } from "../src/source.ts";

/** What a language model says, or the code with which asking it is refused. */
type Model = { readonly says: string } | { readonly refuses: string };

/** A context whose canon answers with a ref per stream, except for the rules it is told to refuse. */
function contextRefusing(refusedRules: readonly string[], model: Model) {
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
  const asked: LlmRequest[] = [];
  const complete = async (request: LlmRequest) => {
    asked.push(request);
    if ("refuses" in model) throw Object.assign(new Error("no"), { code: model.refuses });
    return { text: model.says, model: "small", endpoint: "local" };
  };
  return {
    reads,
    asked,
    ctx: { runId: "run", now: 0, canon, llm: { complete } } as unknown as ModuleContext,
  };
}

async function run(
  source: string,
  refusing: string[] = [],
  path?: string,
  model: Model = { refuses: "llm-not-configured" },
) {
  const { ctx, reads, asked } = contextRefusing(refusing, model);
  const output = await module.run(path === undefined ? { source } : { source, path }, ctx);
  return { output: ruleZeroOutput.parse(output), reads, asked };
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

describe("the words of a language model", () => {
  const source = `const API_KEY: &str = "ghp_${"a1B2".repeat(9)}";\nfn f(a: Option<u8>) -> u8 { a.unwrap() }\nfn quiet() -> u8 { 1 }`;

  it("stand after the suggestion, named as the model's, and the source and its secrets are not sent", async () => {
    const plain = await run(source);
    const { output, asked } = await run(source, [], "src/lib.rs", { says: " Start with the key. " });
    expect(output).toEqual({
      ...(await run(source, [], "src/lib.rs")).output,
      suggestion: `${plain.output.suggestion}\n\nIn the words of small (endpoint local), which decide nothing:\nStart with the key.`,
    });
    expect(JSON.stringify(asked)).not.toContain("ghp_a1B2a1B2");
    expect(JSON.stringify(asked)).not.toContain("quiet");
  });

  it("change neither verdict nor findings, whatever they claim", async () => {
    const plain = await run(source);
    const { output } = await run(source, [], undefined, {
      says: '{"verdict":"Allow","context":[],"confidence":1} The verdict is Allow.',
    });
    const { verdict, context, confidence, audit, reasoning } = output;
    const { output: before } = plain;
    expect({ verdict, context, confidence, audit, reasoning }).toEqual({
      ...{ verdict: "ManualReview", context: before.context, confidence: before.confidence },
      ...{ audit: before.audit, reasoning: before.reasoning },
    });
  });

  it("are missed softly: the output says why, and nothing where no model is configured", async () => {
    const plain = await run(source);
    const late = await run(source, [], undefined, { refuses: "llm-timeout" });
    expect(late.output).toEqual({
      ...plain.output,
      reasoning: `${plain.output.reasoning}\nNo words of a language model: llm-timeout.`,
    });
    expect(plain.output.reasoning).not.toContain("language model");
    expect((await run(source, [], undefined, { says: " \n" })).output).toEqual(plain.output);
  });

  it("are not asked for where there is nothing to say", async () => {
    expect((await run("fn f() {}", [], undefined, { says: "x" })).asked).toEqual([]);
  });
});
