// Builds and runs the unit tests on the Node that runs this file, and not on the pinned one, which is first on the PATH of
// every script. Usage: /path/to/node infra/checks/on-node.mjs <major>
// Plain JavaScript without an import of ours: it asserts the version before anything else can fail for another reason.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const [expected] = process.argv.slice(2);
const major = process.versions.node.split(".")[0];
if (expected === undefined || major !== expected) {
  console.error(`on-node: this is Node ${process.version} and ${expected ?? "no version"} was asked for`);
  process.exit(2);
}

const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const run = (program, args, env = {}) => {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32" && program === "npx",
  });
  if (status !== 0) process.exit(status ?? 1);
};

run("npx", ["--yes", "--prefer-offline", packageManager, "install"]);
run("npx", ["--yes", "--prefer-offline", packageManager, "run", "build"]);
run(process.execPath, ["infra/checks/run.ts", "unit"], { SIGIL_TEST_NODE_MAJOR: major });
