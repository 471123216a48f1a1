import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plant, publisher, publisherFile } from "./packages.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("installed-module");
const [first, second] = ["1.0.0", "1.1.0"].map((version) => join(place.parent, version)) as [string, string];
const at = (folder: string) => join(folder, "acme-note");
const pem = join(place.parent, "acme.pub");
let runtime: Runtime;

const code = (said: string, call = "") =>
  `export default { async run(input, ctx) { ${call} return { context: [], reasoning: "r", suggestion: "${said}", verdict: "Allow", confidence: 1 }; } };\n`;

beforeAll(async () => {
  await plant(first, "acme-note", code("one"), { version: "1.0.0" });
  await plant(second, "acme-note", code("two", `await ctx.memory.write({ text: "kept" });`), {
    version: "1.1.0",
    capabilities: [{ name: "memory.write", scope: {} }],
  });
  writeFileSync(pem, publisherFile());
  runtime = await Runtime.start(place.home);
}, 90_000);
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const refusal = async (...args: string[]) => {
  const { code: exit, stderr } = await runtime.cli(...args);
  expect(exit).toBe(1);
  return /error: ([a-z-]+):/.exec(stderr)?.[1];
};
const said = async () =>
  (await runtime.json("module", "run", "acme-note", "--input", "{}")).output.suggestion as string;

test("a module is installed from a folder, runs, is upgraded once what it asks for more is agreed to, and is revoked", async () => {
  expect(await refusal("module", "install", at(first))).toBe("publisher-not-pinned");
  const known = ["--name", "acme", "--public-key", pem, "--reason", "we know them"];
  expect((await runtime.json("publisher", "add", ...known)).kid).toBe(publisher.kid);
  const { digest } = await runtime.json("module", "install", at(first));
  expect(await said()).toBe("one");
  expect(await refusal("module", "install", at(second))).toBe("module-wants-more");
  const upgraded = await runtime.json("module", "install", at(second), "--accept", "more");
  expect(upgraded.changes).toEqual([{ more: true, text: "+ memory.write" }]);
  expect(await said()).toBe("two");
  expect(await refusal("module", "install", at(first))).toBe("module-older");
  await runtime.json("module", "revoke", "acme-note", upgraded.digest, "--reason", "no longer needed");
  expect(await refusal("module", "run", "acme-note", "--input", "{}")).toBe("module-revoked");
  for (const each of [digest, upgraded.digest]) await runtime.json("module", "uninstall", each);
  const { modules, others } = await runtime.json("module", "list");
  expect(JSON.stringify([modules, others])).not.toContain("acme-note");
}, 60_000);
