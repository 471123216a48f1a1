import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Runtime, SIGIL, temporaryHome } from "./runtime.ts";

const { home, remove } = temporaryHome("audit");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(home);
}, 90_000);
afterAll(async () => {
  await runtime?.stop();
  remove();
});

describe("sigil audit", () => {
  it("follow prints decisions and outcomes as they are recorded, and Ctrl-C is its end and no failure", async () => {
    const child = spawn(
      process.execPath,
      [SIGIL, "audit", "follow", "--action", "memory.*", "--json", ...runtime.flags],
      { env: { ...process.env, SIGIL_HOME: home, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    // The stream has begun once the decision that let it in is there.
    await expect
      .poll(async () => (await runtime.json("audit", "list", "--action", "audit.read")).entries.length, {
        timeout: 15_000,
      })
      .toBeGreaterThan(0);
    const { decision } = await runtime.json("memory", "write", "an audited note");
    const lines = () =>
      out
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    await expect.poll(() => lines().length, { timeout: 15_000 }).toBe(2);
    expect(lines()[0].decision).toMatchObject({ id: decision, action: "memory.write", verdict: "allow" });
    expect(lines()[1].outcome).toMatchObject({ decision, status: "done" });
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  }, 60_000);

  it("show prints decision, effect, outcome, reasons and the waterfall of trust", async () => {
    const { id, decision } = await runtime.json("memory", "write", "shown");
    const { code, stdout } = await runtime.cli("audit", "show", decision);
    expect(code).toBe(0);
    for (const said of [
      "memory.write allow",
      `effect    memory.block ${id} in memory/owner`,
      "outcome   done at",
      "memory.write is allowed.",
      "threshold 0.50: allowed",
      "reputation",
    ])
      expect(stdout).toContain(said);
    const unknown = await runtime.cli("audit", "show", "00000000-0000-7000-8000-000000000000");
    expect([unknown.code, unknown.stderr.includes("not-found")]).toEqual([1, true]);
  }, 30_000);
});
