import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { running } from "../src/domain/supervisor.ts";
import { alive, born, readRunning, SupervisorLock } from "../src/store/lock.ts";
import { codeOf, folder } from "./place.ts";

const self = () => ({ pid: process.pid, born: born(process.pid), startedAt: new Date().toISOString() });
const address = { host: "127.0.0.1", port: 1 };
const addresses = { "codex-nexus": address, mmf: address, sigilderg: address };
const nobody = 2 ** 30;

/** A real process that lives until the test ends. */
function sleeper(): ChildProcess & { pid: number } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.pid === undefined) throw new Error("no process");
  return child as ChildProcess & { pid: number };
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));

describe("the supervisor of a home", () => {
  test("is one: a second is already-running and names the pid of the first", async () => {
    const path = join(folder(), "supervisor.json");
    const lock = SupervisorLock.take(path, self());
    expect(() => SupervisorLock.take(path, self())).toThrow(`process ${process.pid} `);
    expect(await codeOf(() => SupervisorLock.take(path, self()))).toBe("already-running");
    lock.release();
    SupervisorLock.take(path, self()).release();
    expect(existsSync(path)).toBe(false);
  });

  test("publishes the pids and addresses of its services, and nothing of the file is ever half-written", () => {
    const path = join(folder(), "supervisor.json");
    const pids = { "codex-nexus": 11, mmf: 12, sigilderg: 13 };
    SupervisorLock.take(path, self()).publish(running(self(), pids, () => null, addresses));
    expect(readRunning(path)?.services).toMatchObject({ mmf: { pid: 12, address: "http://127.0.0.1:1" } });
    expect(readdirSync(join(path, ".."))).toEqual(["supervisor.json"]);
  });

  test("that was killed is succeeded, also when its pid belongs to another process by now", () => {
    const path = join(folder(), "supervisor.json");
    for (const dead of [
      { pid: nobody, born: "1" },
      ...(process.platform === "linux" ? [{ pid: process.pid, born: "1" }] : []),
    ]) {
      writeFileSync(path, JSON.stringify({ v: 1, ...dead, startedAt: "", services: {} }));
      expect(readRunning(path)).toBeUndefined();
      SupervisorLock.take(path, self()).release();
    }
  });

  test("that left an unreadable file is succeeded", () => {
    const path = join(folder(), "supervisor.json");
    writeFileSync(path, "{half");
    SupervisorLock.take(path, self());
    expect(JSON.parse(readFileSync(path, "utf8")).pid).toBe(process.pid);
  });

  test("that was killed while its services live on is services-left-behind, and names them", async () => {
    const path = join(folder(), "supervisor.json");
    const mmf = sleeper();
    const dead = { pid: nobody, born: "1", startedAt: "" };
    const pids = { "codex-nexus": nobody + 1, mmf: mmf.pid, sigilderg: nobody + 2 };
    writeFileSync(path, JSON.stringify(running(dead, pids, born, addresses)));
    expect(() => SupervisorLock.take(path, self())).toThrow(`left mmf (pid ${mmf.pid}) running`);
    mmf.kill("SIGKILL");
    await ended(mmf);
    SupervisorLock.take(path, self()).release();
  });
});

describe("a process", () => {
  test("is alive while it runs and not afterwards", async () => {
    const child = sleeper();
    const since = born(child.pid);
    expect(alive(child.pid, since)).toBe(true);
    child.kill("SIGKILL");
    await ended(child);
    expect(alive(child.pid, since)).toBe(false);
  });

  test.each([0, -1, Number.NaN, 1.5])("%d is no pid", (pid) => {
    expect(alive(pid, null)).toBe(false);
  });
});
