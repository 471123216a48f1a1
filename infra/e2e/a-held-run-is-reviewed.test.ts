import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plant } from "./packages.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("review");
const modules = join(place.parent, "modules");
let runtime: Runtime;
/** Options of a second person, who reviews. */
let mona: string[];

/** Asks to keep a note, and for somebody to look at it first. */
const CAREFUL = `export default { async run({ note }, ctx) {
  const { ref } = await ctx.memory.write({ text: note, tags: ["kept"] });
  const reasoning = "Drawn " + Math.random() + " at " + ctx.now + ": a note that stays wants a second pair of eyes.";
  return { context: [{ ref }], reasoning, suggestion: "Keep it.", verdict: "ManualReview", confidence: 0.5 };
} };`;

beforeAll(async () => {
  const input = { type: "object", properties: { note: { type: "string" } } };
  await plant(modules, "careful", CAREFUL, { input, capabilities: [{ name: "memory.write", scope: {} }] });
  runtime = await Runtime.start(place.home, [`mmf.modules_dir=${modules}`]);
  const file = join(place.parent, "mona.jwt");
  await runtime.json("license", "issue", "--principal", "mona", "--loa", "Mentor", "--out", file);
  mona = ["--licence", file];
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const held = async (note: string) =>
  runtime.json("module", "run", "careful", "--input", JSON.stringify({ note }));
const notes = async () => JSON.stringify(await runtime.json("memory", "list"));

describe("a held run", () => {
  test("is shown with what keeps it, replayed, reviewed by another, and writes only then", async () => {
    const { run, output, verdict } = await held("the kettle is descaled");
    expect(verdict).toBe("ManualReview");
    const replayed = await runtime.cli("run", "replay", run);
    expect([replayed.code, replayed.stdout]).toEqual([0, expect.stringContaining("the same")]);
    const mine = await runtime.cli("run", "show", run);
    expect(mine.stdout).toContain("the module itself says ManualReview");
    const listed = await runtime.cli("review", "list", ...mona);
    expect(listed.stdout).toContain(run);
    const shown = await runtime.cli("review", "show", run, ...mona);
    expect(shown.stdout).toContain("the kettle is descaled");
    expect(shown.stdout).toContain(`sigil review approve ${run}`);
    const own = await runtime.cli("review", "approve", run, "--reason", "mine", "--licence", "root");
    expect([own.code, own.stderr]).toEqual([1, expect.stringContaining("review-own")]);
    expect(await notes()).not.toContain("the kettle is descaled");
    const approved = await runtime.json("review", "approve", run, "--reason", "read it", ...mona);
    expect(approved.writes.map(({ id }: { id: string }) => id)).toEqual([output.context[0].ref]);
    expect(await notes()).toContain("the kettle is descaled");
    const after = await runtime.cli("run", "show", run);
    expect(after.stdout).toContain("approved by mona");
    const again = await runtime.cli("review", "deny", run, "--reason", "late", ...mona);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("review-decided")]);
    const audit = await runtime.json("audit", "list", "--action", "review.decide", "--principal", "mona");
    expect(audit.entries).toHaveLength(2);
  });

  test("that is denied leaves the list and writes nothing", async () => {
    const { run } = await held("the door code is 1234");
    const denied = await runtime.cli("review", "deny", run, "--reason", "no codes in notes", ...mona);
    expect(denied.code).toBe(0);
    expect((await runtime.cli("review", "list", ...mona)).stdout).toContain("no held run waits");
    const list = await runtime.json("run", "list", "--status", "denied");
    expect(list.runs.map((each: { run: string }) => each.run)).toEqual([run]);
    expect(await notes()).not.toContain("1234");
  });
});
