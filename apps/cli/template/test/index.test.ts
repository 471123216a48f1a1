import assert from "node:assert/strict";
import { test } from "node:test";
import module from "../src/index.ts";

// A unit test of the code alone, in Node. `sigil module test` runs the built module in the real sandbox.

test("greets a stranger, says why, and notes that it did", async () => {
  const logged: unknown[] = [];
  const output = await module.run(
    { name: "Ada" },
    {
      runId: "run",
      now: 0,
      memory: { list: async () => ({ items: [] }) },
      logInteraction: async (entry) => logged.push(entry),
    },
  );
  assert.equal(output.suggestion, "Hello, Ada.");
  assert.deepEqual(output.context, []);
  assert.deepEqual(logged, [{ greeted: "Ada", known: false }]);
});
