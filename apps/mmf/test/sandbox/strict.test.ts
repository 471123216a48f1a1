import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { bubblewrapArguments, findBubblewrap, runnerCommand } from "../../src/sandbox/isolation.ts";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { attempt } from "./attacks/attempt.ts";
import { ATTACKS } from "./attacks/index.ts";
import { guestRun } from "./guest.ts";

const folder = mkdtempSync(join(tmpdir(), "sigil-strict-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bubblewrap = findBubblewrap();
/** Undefined when bubblewrap can make its namespaces here; else the reason why not. */
function missing(): string | undefined {
  if (bubblewrap === undefined) return "bubblewrap (bwrap) is not on PATH";
  const { status, stderr } = spawnSync(bubblewrap, [
    "--unshare-all",
    "--ro-bind",
    "/",
    "/",
    process.execPath,
    "-v",
  ]);
  return status === 0 ? undefined : `bubblewrap cannot make namespaces here: ${stderr}`;
}
const why = missing();
if (why !== undefined) console.warn(`skipped: strict isolation is not shown here, because ${why}`);

test("strict isolation without bubblewrap refuses to start", () => {
  const files = { entry: "/runner.js", wasm: "/quickjs.wasm", readable: [] };
  expect(() => runnerCommand(files, "strict", findBubblewrap("/nowhere"))).toThrow(
    expect.objectContaining({ code: "isolation-unavailable" }),
  );
});

test.skipIf(process.platform === "win32")(
  "strict isolation whose bubblewrap may make no namespaces refuses to start and runs nothing [needs a shell]",
  async () => {
    const refusing = join(folder, "bwrap");
    writeFileSync(refusing, "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n");
    chmodSync(refusing, 0o755);
    const pool = new RunnerPool({ runners: 1, isolation: "strict", bubblewrap: refusing });
    await expect(pool.ready()).rejects.toMatchObject({
      code: "isolation-unavailable",
      message: expect.stringContaining("setting up uid map"),
    });
    expect(pool.readiness().ready).toBe(false);
    await expect(pool.run(guestRun("return 1"))).rejects.toMatchObject({ code: "runner-start-failed" });
    await pool.close();
  },
);

test("strict isolation wraps the same command in namespaces of its own, without network and with nothing writable", () => {
  const files = { entry: "/sigil/runner.js", wasm: "/sigil/quickjs.wasm", readable: ["/sigil/runner.js"] };
  const command = runnerCommand(files, "strict", "/usr/bin/bwrap");
  expect(command.slice(0, 3)).toEqual(["/usr/bin/bwrap", "--unshare-all", "--die-with-parent"]);
  expect(command.filter((word) => word === "--bind" || word === "--share-net")).toEqual([]);
  expect(command.slice(-2)).toEqual(["/sigil/runner.js", "/sigil/quickjs.wasm"]);
  expect(command).toEqual(expect.arrayContaining(runnerCommand(files, "process", undefined)));
});

test.skipIf(why !== undefined)(
  "under strict isolation attacks end as they must, and their processes with them [needs bubblewrap]",
  async () => {
    const pool = new RunnerPool({ runners: 1, isolation: "strict" });
    await pool.ready();
    const chosen =
      /^(an infinite loop|a bomb of arrays|endless recursion|a splice at 2|an honest Allow|work after the end)/;
    for (const attack of ATTACKS.filter(({ title }) => chosen.test(title))) {
      expect(await attempt(pool, attack)).toMatchObject({ ended: attack.ends });
    }
    const { pids } = pool;
    const family = pids.flatMap((pid) => [pid, ...descendants(pid)]);
    // Bubblewrap waits outside, and is the first process inside, of the runner.
    expect(family.length).toBeGreaterThan(pids.length);
    await pool.close();
    await expect.poll(() => family.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  },
);

test.skipIf(why !== undefined)(
  "code that escapes into a strict runner and past Node's permission model finds no network, no files, no processes and no capability [needs bubblewrap]",
  async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const there = realpathSync(folder);
    const outside = join(there, "secret");
    writeFileSync(outside, "secret");
    const entry = join(there, "escaped-strict.mjs");
    copyFileSync(join(import.meta.dirname, "fixtures/escaped-strict.mjs"), entry);
    const args = bubblewrapArguments({ entry, wasm: "", readable: [entry] });
    const node = [process.execPath, entry, "", `${port}`, `${process.pid}`, outside, join(there, "escaped")];
    const report = async (command: string[]) => {
      const [program = "", ...rest] = command;
      const { stdout } = await promisify(execFile)(program, rest, { env: { LEAK: "1" } });
      return JSON.parse(stdout);
    };
    const bare = await report(node);
    const strict = await report([bubblewrap ?? "", ...args, ...node, "/escaped"]);
    server.close();
    // The probes can reach what they are about.
    expect(bare).toMatchObject({
      environment: ["LEAK"],
      loopback: "connected",
      fileOutside: "secret",
      signal: true,
    });
    expect(strict).toEqual({
      environment: [],
      loopback: "ECONNREFUSED",
      systemFile: "ENOENT",
      fileOutside: "ENOENT",
      write: ["EROFS", "EROFS"],
      shell: "ENOENT",
      signal: "ESRCH",
      otherProcesses: 0,
      capabilities: true,
      network: [],
    });
  },
);

function descendants(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", `${pid}`], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line.trim())
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
