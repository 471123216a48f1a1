import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { APPS, folder } from "./place.ts";

const launcher = join(APPS, "cli/bin/sigil.mjs");

/** The launcher in a folder of its own, as if nothing had been built; `dist` is the built command, if any. */
function placed(dist?: string): string {
  const app = join(folder(), "apps/cli");
  mkdirSync(join(app, "bin"), { recursive: true });
  copyFileSync(launcher, join(app, "bin/sigil.mjs"));
  if (dist !== undefined) {
    mkdirSync(join(app, "dist"));
    writeFileSync(join(app, "dist/sigil.js"), dist);
    writeFileSync(join(app, "package.json"), '{"type":"module"}');
  }
  return join(app, "bin/sigil.mjs");
}

const run = (file: string, ...args: string[]) =>
  spawnSync(process.execPath, [file, ...args], { encoding: "utf8" });

/** Runs the launcher under a version of Node that it is told, so that its answer to an old one can be seen. */
function runAs(version: string, file: string, ...args: string[]) {
  const preload = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${version}"})`;
  return spawnSync(process.execPath, ["--import", preload, file, ...args], { encoding: "utf8" });
}

describe("the launcher", () => {
  test("says `npm start` when nothing is built", () => {
    const { status, stderr } = run(placed());
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: not-built: .*\nremedy: Run `npm start` once/);
  });

  test("answers JSON where JSON was asked for", () => {
    expect(JSON.parse(run(placed(), "status", "--json").stdout)).toMatchObject({
      error: { code: "not-built" },
    });
  });

  test("runs the built command with its arguments and exit code", () => {
    const dist = 'console.log(process.argv.slice(2).join(" ")); process.exitCode = 3;';
    expect(run(placed(dist), "memory", "list")).toMatchObject({ status: 3, stdout: "memory list\n" });
  });

  test("refuses an old Node with a sentence when the pinned one is not installed", () => {
    const { status, stderr } = runAs("20.11.0", placed("throw new Error('not under an old Node')"), "status");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: node-too-old: this is Node 20\.11\.0; .*\nremedy: .*npm start/);
  });

  test.skipIf(process.platform === "win32")(
    "hands an old Node's call over to the pinned one, with arguments and exit code",
    () => {
      const file = placed(
        'console.log(process.versions.node, process.argv.slice(2).join(" ")); process.exitCode = 4;',
      );
      const bin = join(file, "../../node_modules/.bin");
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, "node"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
      expect(runAs("20.11.0", file, "memory", "list")).toMatchObject({
        status: 4,
        stdout: `${process.versions.node} memory list\n`,
      });
    },
  );

  test("is plain enough for any Node that reads ES modules", () => {
    const text = readFileSync(launcher, "utf8");
    expect(text).not.toMatch(/^import .*from "(?!node:)/m);
    expect(text).not.toMatch(/\bimport\.meta\.(dirname|filename)\b/);
  });
});
