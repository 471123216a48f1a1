import { expect, test } from "vitest";
import { types } from "../../src/store/author/types.ts";
import { moduleFolder, source, templateFolder } from "./module.ts";

test("the compiler refuses what a module did not declare, and what a guest does not have, where it stands", async () => {
  const root = moduleFolder({
    "src/index.ts": source(
      '["memory.list"]',
      'await ctx.memory.list();\n    await ctx.memory.write({ text: "x" });\n    console.log(process.env, setTimeout, fetch);\n    input.age;',
    ),
  });
  const problems = await types(root);
  expect(problems.map(({ at }) => at)).toEqual([
    "src/index.ts:8:22",
    "src/index.ts:9:5",
    "src/index.ts:9:17",
    "src/index.ts:9:30",
    "src/index.ts:9:42",
    "src/index.ts:10:11",
  ]);
  expect(problems[0]?.message).toContain("'write' does not exist");
  // The template, under the author's own eyes and configuration or not, compiles.
  expect(await types(templateFolder())).toEqual([]);
});
