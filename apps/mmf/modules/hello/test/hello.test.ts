import { expect, test } from "vitest";
import hello from "../src/index.ts";

test("hello greets by name, says why, cites nothing, and notes that it did", async () => {
  const logged: unknown[] = [];
  // The whole of what it declares: it may only log.
  const context = { runId: "run", now: 0, logInteraction: async (entry: unknown) => logged.push(entry) };
  const output = await hello.run({ name: "Ada" }, context);
  expect(output).toEqual({
    context: [],
    reasoning: "The input names Ada; a greeting needs nothing else.",
    suggestion: "Hello, Ada.",
    verdict: "Allow",
    confidence: 1,
  });
  expect(logged).toEqual([{ greeted: "Ada" }]);
});
