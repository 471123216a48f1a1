import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { EvalFlags, QuickJS } from "quickjs-wasi";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleOf } from "../../../test/bundle.ts";

interface Output {
  verdict: string;
  reasoning: string;
  context: { ref: string }[];
}

const example = readFileSync(new URL("../../../../../docs/examples/rust/orders.rs", import.meta.url), "utf8");
const wasm = readFileSync(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));

let code = "";

beforeAll(async () => {
  code = await bundleOf(new URL("..", import.meta.url));
});

/** Runs the bundle in a fresh machine with a module's memory and stack, its canon answered by the machine itself. */
async function runInGuest(source: string): Promise<{ output: Output; ms: number }> {
  using vm = await QuickJS.create({ wasm, memoryLimit: 128 * 1024 * 1024, maxStackSize: 256 * 1024 });
  using loaded = vm.evalCode(code, "module.js", EvalFlags.TYPE_MODULE);
  vm.executePendingJobs();
  const settled = await vm.resolvePromise(loaded);
  if ("error" in settled) throw new Error(settled.error.toString());
  using namespace = settled.value;
  using exported = namespace.getProp("default");
  vm.setProp(vm.global, "module", exported);
  using text = vm.newString(source);
  vm.setProp(vm.global, "source", text);
  const started = performance.now();
  using promise = vm.evalCode(`
    const read = async ({ stream }) => ({ ref: "ref:" + stream, stream, title: "T", text: "G" });
    const complete = async () => { throw Object.assign(new Error("none"), { code: "llm-not-configured" }); };
    module.run({ source, path: "src/orders.rs" }, { canon: { read }, llm: { complete } }).then(JSON.stringify)`);
  vm.executePendingJobs();
  const answer = await vm.resolvePromise(promise);
  if ("error" in answer) throw new Error(answer.error.toString());
  const output = JSON.parse(answer.value.consume((handle) => handle.toString())) as Output;
  return { output, ms: performance.now() - started };
}

describe("the bundle", () => {
  it("is one file without imports, under the 1 MiB of a module's code", () => {
    expect(Buffer.byteLength(code)).toBeLessThan(1024 * 1024);
    expect(code).not.toMatch(/^\s*import\s/m);
    expect(code).not.toMatch(/\brequire\(/);
  });

  it("reviews in QuickJS as it does in Node, and alike every time", async () => {
    const first = await runInGuest(example);
    expect(first.output.verdict).toBe("ManualReview");
    expect(first.output.context.map((entry) => entry.ref)).toContain("ref:system/canon/rust/sql-from-text");
    expect((await runInGuest(example)).output).toEqual(first.output);
    const { default: module } = await import("../src/index.ts");
    const read = async ({ stream }: { stream: string }) => ({
      ref: `ref:${stream}`,
      stream,
      title: "T",
      text: "G",
    });
    const complete = async () =>
      Promise.reject(Object.assign(new Error("none"), { code: "llm-not-configured" }));
    const ctx = { canon: { read }, llm: { complete } } as never;
    expect(first.output).toEqual(
      JSON.parse(JSON.stringify(await module.run({ source: example, path: "src/orders.rs" }, ctx))),
    );
  });

  it("reviews 40 KB of dense Rust within the module's CPU limit", async () => {
    const source = example.repeat(Math.ceil(40_960 / example.length));
    const { output, ms } = await runInGuest(source);
    console.log(
      `rust-mentor in QuickJS: ${(source.length / 1024).toFixed(0)} KB of Rust in ${ms.toFixed(0)} ms`,
    );
    expect(output.reasoning).toMatch(/\d+ findings/);
    expect(ms).toBeLessThan(30_000);
  });

  it("answers by name where the guest's stack ends", async () => {
    const { output } = await runInGuest(`fn f() { a${".b()".repeat(2000)} }`);
    expect(output.verdict).toBe("Defer");
    expect(output.reasoning).toContain("source-too-deep: ");
  });
});
