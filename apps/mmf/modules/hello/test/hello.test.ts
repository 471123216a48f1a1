import { expect, test } from "vitest";
import hello from "../src/index.ts";

/** What the module sees of the world: it may only log. */
function context(logged: unknown[]) {
  const refused = () => Promise.reject(new Error("not declared in the manifest"));
  return {
    runId: "run",
    now: 0,
    memory: { write: refused, list: refused },
    canon: { read: refused },
    llm: { complete: refused },
    emitAudit: refused,
    logInteraction: (entry: unknown) => Promise.resolve(logged.push(entry)),
  };
}

test("hello greets by name, says why, cites nothing, and notes that it did", async () => {
  const logged: unknown[] = [];
  const output = await hello.run({ name: "Ada" }, context(logged));
  expect(output).toEqual({
    context: [],
    reasoning: "The input names Ada; a greeting needs nothing else.",
    suggestion: "Hello, Ada.",
    verdict: "Allow",
    confidence: 1,
  });
  expect(logged).toEqual([{ greeted: "Ada" }]);
});
