import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Runtime, type Service, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("orphans");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(place.home);
}, 90_000);
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The processes that `pid` started, and theirs. */
function descendants(pid: number): number[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const below = (parent: number): number[] =>
    rows.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

test("status of a home never calls another home's runtime its own", async () => {
  const other = temporaryHome("other");
  const { code, stdout } = await sigil(other.home, ["status", "--json", ...runtime.flags]);
  other.remove();
  const { ready, services } = JSON.parse(stdout);
  expect([code, ready]).toEqual([1, false]);
  for (const service of services) {
    expect(service.ready).toBe(false);
    expect(service.reasons).toEqual([expect.stringContaining("another runtime answers")]);
  }
  expect(await runtime.json("status")).toMatchObject({ ready: true });
});

test("a supervisor that is killed with -9 takes its services and their runners with it, and the home starts again", async () => {
  await runtime.json("memory", "write", "kept");
  const services = (["codex-nexus", "mmf", "sigilderg"] as Service[]).map((name) => runtime.pid(name));
  const family = descendants(runtime.supervisorPid());
  for (const pid of services) expect(family).toContain(pid);
  expect(family.length).toBeGreaterThan(services.length);
  const ended = runtime.ended();
  process.kill(runtime.supervisorPid(), "SIGKILL");
  await ended;
  await expect.poll(() => family.filter(alive), { timeout: 20_000, interval: 100 }).toEqual([]);
  await runtime.start();
  expect((await runtime.json("memory", "list")).blocks).toMatchObject([{ text: "kept" }]);
}, 120_000);
