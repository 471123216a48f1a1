import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("run");
const example = join(import.meta.dirname, "../../docs/examples/rust/orders.rs");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

describe("a module's review of a Rust file", () => {
  // biome-ignore lint/suspicious/noExplicitAny: read field by field below
  let run: any;
  const isolated = join(place.parent, "verifier");

  test("names findings by line, and every citation is a canon entry that exists", async () => {
    run = await runtime.json("module", "run", "rust-mentor", example);
    expect(["Allow", "Deny", "Defer", "ManualReview"]).toContain(run.verdict);
    expect(run.output.context.length).toBeGreaterThan(3);
    for (const { ref } of run.output.context) {
      const entry = await runtime.json("canon", "get", ref);
      expect(entry.signed.record.kind).toBe("canon.entry");
      expect(run.output.reasoning).toContain(ref);
    }
  });

  test("leaves decision, input, calls, output, chain and outcome in the log", () => {
    const kinds = run.records.map((record: { kind: string }) => record.kind);
    for (const kind of [
      "decision",
      "run.input",
      "run.calls",
      "run.output",
      "chain.frozen",
      "decision.outcome",
    ])
      expect(kinds).toContain(kind);
  });

  test("verifies offline in a process that has only the bundle and the pinned trust file", async () => {
    mkdirSync(isolated);
    const ids = run.records.map((record: { id: string }) => record.id);
    const cited = run.output.context.map((item: { ref: string }) => item.ref);
    const { code, stderr } = await runtime.cli(
      "canon",
      "export",
      ...ids,
      ...new Set<string>(cited),
      "--out",
      join(isolated, "bundle.json"),
    );
    expect(stderr).not.toContain("error:");
    expect(code).toBe(0);
    copyFileSync(join(runtime.home, "trust.json"), join(isolated, "trust.json"));
    await runtime.stop();
    const verified = await sigil(
      join(isolated, "no-home"),
      ["verify", "bundle.json", "--trust", "trust.json", "--json"],
      { cwd: isolated },
    );
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    const report = JSON.parse(verified.stdout);
    expect(report.verdict).toBe("verified");
    expect(report.entries).toHaveLength(ids.length + new Set(cited).size);
  });

  test("is unpinned without a trust file, with an exit code of its own", async () => {
    const answer = await sigil(join(isolated, "no-home"), ["verify", "bundle.json", "--json"], {
      cwd: isolated,
    });
    expect(answer.code).toBe(2);
    expect(JSON.parse(answer.stdout).verdict).toBe("unpinned");
  });

  test("is refused after any change of a record, a proof or the checkpoint in the bundle", async () => {
    const original = readFileSync(join(isolated, "bundle.json"), "utf8");
    const bundle = JSON.parse(original);
    const edits: Record<string, (b: typeof bundle) => void> = {
      record: (b) => (b.entries[0].record.record.ts = "2020-01-01T00:00:00.000Z"),
      proof: (b) => (b.entries[0].proof[0] = Buffer.alloc(32, 7).toString("base64")),
      checkpoint: (b) =>
        (b.checkpoint = b.checkpoint.replace(
          /\n(\d+)\n/,
          (_: string, size: string) => `\n${Number(size) + 1}\n`,
        )),
      index: (b) => (b.entries[0].index += 1),
    };
    for (const [name, edit] of Object.entries(edits)) {
      const changed = structuredClone(bundle);
      edit(changed);
      writeFileSync(join(isolated, `${name}.json`), JSON.stringify(changed));
      const answer = await sigil(
        join(isolated, "no-home"),
        ["verify", `${name}.json`, "--trust", "trust.json", "--json"],
        { cwd: isolated },
      );
      expect(answer.code, `${name} changed: ${answer.stderr}`).toBe(1);
      expect(JSON.parse(answer.stdout).verdict, name).toBe("refused");
    }
  });
});
