import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { affectedApps } from "../dev/changes.ts";

const ALL = ["cli", "codex-nexus", "mmf", "sigilderg"];

describe("npm run dev", () => {
  test.each([
    ["packages/canon/src/record/frame.ts", ALL],
    ["apps/mmf/src/main.ts", ["mmf"]],
    ["apps/mmf/modules/rust-mentor/src/index.ts", ["mmf"]],
    ["apps/mmf/modules/rust-mentor/guidance.json", ["mmf"]],
    ["apps\\sigilderg\\src\\app.ts", ["sigilderg"]],
    ["apps/cli/test/place.ts", []],
    ["packages/canon/test/record.test.ts", []],
    ["apps/mmf/modules/rust-mentor/test/x.test.ts", []],
    ["apps/cli/dist/sigil.js", []],
    ["apps/mmf/dist.next-77/modules/hello/sigil.module.json", []],
    ["apps/mmf/node_modules/x/src/a.ts", []],
    ["apps/sigilderg/README.md", []],
    ["infra/build.mjs", []],
  ])("rebuilds after a change of %s what holds it: %j", (path, apps) => {
    expect(affectedApps(path)).toEqual(apps);
  });

  test("removes no folder that is not a profile of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "sigil-dev-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "thesis.txt"), "mine");
    const run = join(import.meta.dirname, "../dev/run.ts");
    const { status, stderr } = spawnSync(process.execPath, [run, "--reset", "--folder", folder], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^error: not-a-profile: .*\nremedy: /)]);
    expect(existsSync(join(folder, "thesis.txt"))).toBe(true);
  });
});
