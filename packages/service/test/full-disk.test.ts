// A log that its disk does not take. The process is a real one; the limit on its file stands for a disk that is full.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { unlimitable } from "./unlimitable.ts";

const MAIN = join(import.meta.dirname, "processes/main.ts");
const LIMIT = 16_384;

const reason = unlimitable();
if (reason !== undefined) console.warn(`full-disk: skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a log whose disk is full", () => {
  const folder = mkdtempSync(join(tmpdir(), "sigil-log-"));
  let child: ChildProcess;
  afterEach(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("ends no service; lines wait for room, and the first after it says how many were lost", async () => {
    const file = join(folder, "log");
    const command = `exec prlimit --fsize=${LIMIT}:unlimited ${process.execPath} ${MAIN} log > ${file}`;
    child = spawn("bash", ["-c", command], { stdio: ["ignore", "ignore", "pipe"] });
    let made = 0;
    child.stderr?.on("data", (chunk) => {
      made = Number(String(chunk).trim().split("\n").at(-1));
    });
    // More than waits for room.
    await expect.poll(() => made, { timeout: 20_000 }).toBeGreaterThan(2_000);
    expect(child.exitCode).toBeNull();
    expect(readFileSync(file).length).toBe(LIMIT);
    execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited"]);
    const said = () => readFileSync(file, "utf8").includes("log lines were lost");
    await expect.poll(said, { timeout: 20_000 }).toBe(true);
    child.kill("SIGKILL");
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const at = lines.findIndex(({ msg }) => msg === "log lines were lost");
    const [before, after] = [lines.slice(0, at), lines.slice(at + 1)];
    expect(before.map(({ line }) => line)).toEqual(before.map((_, n) => n));
    expect(before.length).toBeGreaterThan(900);
    const next = after[0]?.line ?? made;
    expect(lines[at].lines).toBe(next - before.length);
  });
});
