import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runnerCommand } from "../../src/sandbox/isolation.ts";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { answer, guestRun } from "./guest.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const pools: RunnerPool[] = [];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

test.each([
  "no JSON",
  "JSON that is no message",
  "a line without end",
  "an answer that nobody asked for",
  "an id that is no number",
  "an unknown method",
  "a call for another run",
  "a call out of sequence",
  "a call with an argument over the limit",
  "a call without the agreed fields",
  "more calls than allowed",
  "a result without an output",
  "a result over the limit",
  "a fault with an unknown code",
  "a fault without data",
])("a runner that sends %s is killed, and its run ends as protocol-error", async (mode) => {
  const entry = join(fixtures, "rogue-runner.mjs");
  const pool = new RunnerPool({
    runners: 1,
    isolation: "process",
    files: { entry, wasm: mode, readable: [entry] },
  });
  pools.push(pool);
  await pool.ready();
  const [before] = pool.pids;
  expect(await pool.run(guestRun("", { call: answer({}) }))).toMatchObject({
    ok: false,
    code: "protocol-error",
  });
  expect(pool.pids).not.toContain(before);
  await pool.close();
});

test("code that escapes into a runner finds no environment, no files, no processes, no workers and no eval", () => {
  const entry = join(fixtures, "escaped.mjs");
  const [program = "", ...args] = runnerCommand(
    { entry, wasm: "none", readable: [entry] },
    "process",
    undefined,
  );
  const report = JSON.parse(execFileSync(program, args, { env: {}, encoding: "utf8" }));
  expect(report).toEqual({
    environment: 0,
    readSystemFile: "ERR_ACCESS_DENIED",
    readOwnFolder: "ERR_ACCESS_DENIED",
    write: "ERR_ACCESS_DENIED",
    spawn: "ERR_ACCESS_DENIED",
    worker: "ERR_ACCESS_DENIED",
    evaluate: "EvalError",
    addon: "ERR_DLOPEN_DISABLED",
  });
});
