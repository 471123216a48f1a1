import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("chain");
const example = join(import.meta.dirname, "../../docs/examples/rust/orders.rs");
const isolated = (name: string) => join(place.parent, name);
let runtime: Runtime;
let run: string;
let child: string;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
  run = (await runtime.json("module", "run", "rust-mentor", example)).run;
  child = (await runtime.json("module", "run", "hello", "--input", '{"name":"Ada"}', "--parent", run)).run;
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

describe("the chain of a run, from the terminal", () => {
  test("is shown with the verdict, what it rests on and what it descends from, and without the text of the run", async () => {
    const { stdout, code } = await runtime.cli("chain", "show", run);
    expect(code).toBe(0);
    for (const part of ["rust-mentor", "Rests on", "canon.entry", "run.input", "no other chain"])
      expect(stdout).toContain(part);
    const source = readFileSync(example, "utf8")
      .split("\n")
      .map((line) => line.trim());
    expect(source.filter((line) => line.length > 12 && stdout.includes(line))).toEqual([]);
    const shown = await runtime.json("chain", "show", child);
    expect(shown.cited.find(({ as }: { as: string }) => as === "parent").ref).toBe(run);
  });

  test("verifies through the door, every record re-hashed and both signatures checked, and its proof without any service", async () => {
    const proof = isolated("proof.json");
    const through = await runtime.json("chain", "verify", run, "--out", proof);
    expect(through.verdict).toBe("verified");
    expect(through.chains).toMatchObject([{ run, verdict: "holds" }]);
    const chain = through.entries.find(({ kind }: { kind: string }) => kind === "chain.frozen");
    expect(chain.checks).toEqual(["inclusion", "record-hash", "record-signature", "authored-signature"]);
    const offline = await verifyAlone("proof.json");
    expect(offline.code).toBe(0);
    expect(JSON.parse(offline.stdout).chains).toEqual(through.chains);
  });

  test("has a lineage that is printed as a tree", async () => {
    const { stdout } = await runtime.cli("chain", "lineage", child);
    const lines = stdout.split("\n");
    expect(lines[0]).toContain(`run ${child}`);
    expect(lines[1]).toMatch(/^└─ rust-mentor /);
    expect(lines[1]).toContain(`run ${run}`);
    expect((await runtime.json("chain", "lineage", child, "--depth", "0")).truncated).toBe(true);
  });

  test("that is not there is named, and what to do about it", async () => {
    const { code, stderr } = await runtime.cli("chain", "show", "01900000-0000-7000-8000-000000000000");
    expect(code).toBe(1);
    expect(stderr).toContain("error: not-found");
    expect(stderr).toContain("remedy:");
  });
});

describe("the proof of a chain", () => {
  test("is refused after any change of one of its parts, by the step that it fails", async () => {
    const proof = JSON.parse(readFileSync(isolated("proof.json"), "utf8"));
    const place = (kind: string) =>
      proof.entries.findIndex(
        (entry: { record?: { record: { kind: string } } }) => entry.record?.record.kind === kind,
      );
    const edited = (kind: string, edit: (payload: Record<string, never>) => void) => {
      const changed = structuredClone(proof);
      edit(changed.entries[place(kind)].record.record.payload);
      return changed;
    };
    const other = "A".repeat(86);
    const changes: Record<string, [changed: typeof proof, code: string]> = {
      input: [
        edited("run.input", (payload) => Object.assign(payload, { module: "other" })),
        "record-hash-mismatch",
      ],
      calls: [
        edited("run.calls", (payload) => Object.assign(payload, { calls: [] })),
        "record-hash-mismatch",
      ],
      output: [
        edited("run.output", (payload) => Object.assign(payload, { verdict: "Deny" })),
        "record-hash-mismatch",
      ],
      context: [
        edited("canon.entry", (payload) => Object.assign(payload, { text: "other" })),
        "record-hash-mismatch",
      ],
      verdict: [
        edited("chain.frozen", ({ body }) => Object.assign(body as unknown as object, { verdict: "Deny" })),
        "record-hash-mismatch",
      ],
      "signature of MMF": [
        edited("chain.frozen", ({ sig }) => Object.assign(sig as unknown as object, { value: other })),
        "record-hash-mismatch",
      ],
    };
    const signature = structuredClone(proof);
    signature.entries[place("chain.frozen")].record.sig.value = other;
    changes["signature of the store"] = [signature, "signature-invalid"];
    const moved = structuredClone(proof);
    moved.entries[0].proof[0] = Buffer.alloc(32, 7).toString("base64");
    changes["place in the log"] = [moved, "inclusion-invalid"];
    for (const [name, [changed, code]] of Object.entries(changes)) {
      writeFileSync(isolated("changed.json"), JSON.stringify(changed));
      const answer = await verifyAlone("changed.json");
      expect([name, answer.code, JSON.parse(answer.stdout).code]).toEqual([name, 1, code]);
    }
  });

  test("with a record left out still verifies, and says which step had to be left out with it", async () => {
    const proof = JSON.parse(readFileSync(isolated("proof.json"), "utf8"));
    for (const entry of proof.entries) if (entry.record?.record.kind === "run.calls") delete entry.record;
    writeFileSync(isolated("changed.json"), JSON.stringify(proof));
    const { code, stdout } = await verifyAlone("changed.json");
    expect(code).toBe(0);
    const [chain] = JSON.parse(stdout).chains;
    const absent = chain.steps.filter(({ state }: { state: string }) => state === "absent");
    expect(absent.map(({ name }: { name: string }) => name)).toEqual(["calls", "provenance", "rule-zero"]);
  });
});

/** `sigil verify` with the pinned trust file, in a place without a home. */
function verifyAlone(file: string) {
  const trust = join(runtime.home, "trust.json");
  return sigil(isolated("no-home"), ["verify", file, "--trust", trust, "--json"], { cwd: place.parent });
}
