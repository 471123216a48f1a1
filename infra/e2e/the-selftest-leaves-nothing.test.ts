import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("selftest");
const scratch = join(place.parent, "scratch");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
  mkdirSync(scratch);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

describe("sigil selftest", () => {
  test("tries everything in a home of its own, leaves nothing behind, and is recorded as the Root's who ran it", async () => {
    const env = { TMPDIR: scratch };
    const { code, stdout, stderr } = await sigil(place.home, ["selftest", "--json", ...runtime.flags], {
      env,
    });
    const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: { name: string; ok: boolean }[] };
    expect([code, ok, steps.filter((step) => !step.ok)], stderr).toEqual([0, true, []]);
    expect(steps).toHaveLength(8);
    expect(readdirSync(scratch)).toEqual([]);
    await expect
      .poll(async () => (await runtime.json("audit", "list", "--action", "selftest.run")).entries, {
        timeout: 60_000,
      })
      .toEqual([expect.objectContaining({ verdict: "allow", loa: "Root" })]);
  });

  test("is refused to an Operator, and nothing is tried", async () => {
    const refused = await sigil(place.home, ["selftest", "--licence", "operator", ...runtime.flags]);
    expect([refused.code, refused.stderr.includes("level-too-low"), refused.stdout]).toEqual([1, true, ""]);
  });
});
