import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { lastWord, processes } from "../src/clients/processes.ts";
import { freePorts, requireFree } from "../src/clients/sockets.ts";
import { SERVICES } from "../src/domain/services.ts";
import { type Addresses, Supervisor } from "../src/domain/supervisor.ts";
import { codeOf, folder } from "./place.ts";

// Real processes on real ports. What each does is a script of the test: the supervisor knows services only by their
// process, their /readyz and their last words.
const READY = `
const { createServer } = require("node:http");
const { appendFileSync } = require("node:fs");
const port = Number(process.argv.find((word) => word.startsWith(NAME + ".port=")).split("=")[1]);
createServer((_, response) => response.writeHead(200).end('{"ready":true,"reasons":[]}')).listen(port, "127.0.0.1");
process.on("SIGTERM", () => { appendFileSync(ORDER, NAME + "\\n"); process.exit(0); });
`;
const DIES = `
process.stderr.write('{"level":60,"code":"root-key-wrong","msg":"another store","remedy":"Put it back."}\\n');
process.exitCode = 78;
`;
const NEVER_READY = READY.replace(
  'writeHead(200).end(\'{"ready":true,"reasons":[]}\')',
  'writeHead(503).end(\'{"ready":false,"reasons":[{"code":"peer-down","detail":"no store"}]}\')',
);
const ALARMED = NEVER_READY.replace("peer-down", "rollback-detected");
const STUBBORN = READY.replace("process.exit(0)", "");

async function start(scripts: Partial<Record<"codex_nexus" | "mmf" | "sigilderg", string>> = {}) {
  const apps = folder();
  const logs = join(apps, "logs");
  const order = join(apps, "order");
  mkdirSync(logs);
  for (const { bundle, section } of SERVICES) {
    mkdirSync(dirname(join(apps, bundle)), { recursive: true });
    const names = `const NAME = ${JSON.stringify(section)}; const ORDER = ${JSON.stringify(order)};`;
    writeFileSync(join(apps, bundle), names + (scripts[section] ?? READY));
  }
  const ports = await freePorts(SERVICES.length);
  const addresses = Object.fromEntries(
    SERVICES.map(({ name }, i) => [name, { host: "127.0.0.1", port: ports[i] }]),
  ) as unknown as Addresses;
  const set = SERVICES.map(({ name, section }) => `${section}.port=${addresses[name].port}`);
  const supervisor = new Supervisor(processes({ apps, home: apps, logs, set, env: process.env }), addresses);
  onTestFinished(() => supervisor.kill());
  return {
    supervisor,
    logs,
    stopped: () => (existsSync(order) ? readFileSync(order, "utf8").trim().split("\n") : []),
  };
}

const quiet = () => undefined;

describe("the supervisor", () => {
  test("is ready when all three are, and stops the door first and the store last", async () => {
    const { supervisor, stopped } = await start();
    const waited: string[][] = [];
    await supervisor.ready((names) => waited.push([...names]));
    expect(waited[0]).toHaveLength(3);
    expect(await supervisor.stop()).toEqual([]);
    expect(stopped()).toEqual(["sigilderg", "mmf", "codex_nexus"]);
  });

  test("says which service died while starting, its last code and its remedy", async () => {
    const { supervisor } = await start({ codex_nexus: DIES });
    await expect(supervisor.ready(quiet)).rejects.toMatchObject({
      code: "service-died",
      message: expect.stringMatching(
        /^codex-nexus \(pid \d+\) ended with exit code 78: root-key-wrong: another store$/,
      ),
      remedy: "Put it back.",
    });
    await supervisor.stop();
  });

  test("restarts nothing: a service that is killed later is the end, and it is named", async () => {
    const { supervisor, stopped } = await start();
    await supervisor.ready(quiet);
    process.kill(supervisor.pids().mmf, "SIGKILL");
    expect(await supervisor.died).toMatchObject({
      code: "service-died",
      message: expect.stringContaining("mmf (pid "),
    });
    await supervisor.stop();
    expect(stopped()).toEqual(["sigilderg", "codex_nexus"]);
  });

  test("does not wait for a store whose alarm no waiting ends, and says what ends it", async () => {
    const { supervisor } = await start({ codex_nexus: ALARMED });
    await expect(supervisor.ready(quiet, 60_000)).rejects.toMatchObject({
      code: "store-alarm",
      message: expect.stringContaining("rollback-detected: no store"),
      remedy: expect.stringContaining("restore a backup"),
    });
    await supervisor.stop();
  });

  test("gives up on a service that does not become ready, with the reasons that it gives", async () => {
    const { supervisor } = await start({ sigilderg: NEVER_READY });
    await expect(supervisor.ready(quiet, 1500)).rejects.toThrow(
      /^not ready after 1\.5 s: sigilderg \(peer-down: no store/,
    );
    await supervisor.stop();
  });

  test.skipIf(process.platform === "win32")("kills what does not end in its time, and says so", async () => {
    const { supervisor } = await start({ mmf: STUBBORN });
    await supervisor.ready(quiet);
    expect(await supervisor.stop(300)).toEqual(["mmf"]);
  });

  test("keeps what services say in their logs, for this user alone", async () => {
    const { supervisor, logs } = await start({ codex_nexus: `console.log("hello from the store");${READY}` });
    await supervisor.ready(quiet);
    await supervisor.stop();
    expect(readFileSync(join(logs, "codex-nexus.log"), "utf8")).toContain("hello from the store");
  });
});

describe("the last word of a service", () => {
  test.each([
    [
      "a JSON line with a code",
      'noise\n{"code":"a-b","msg":"m","remedy":"r"}\n',
      { code: "a-b", message: "m", remedy: "r" },
    ],
    [
      "the last of several",
      '{"code":"a-b","msg":"1"}\n{"code":"c-d","msg":"2"}\n',
      { code: "c-d", message: "2" },
    ],
    [
      "a crash of Node",
      "file.js:1\n\nTypeError: boom\n    at x\n",
      { code: "crashed", message: "TypeError: boom" },
    ],
  ])("is %s", (_, words, expected) => {
    expect(lastWord(words)).toMatchObject(expected);
  });

  test("is missing when it said nothing", () => {
    expect(lastWord("\n\n")).toBeUndefined();
  });
});

describe("ports", () => {
  const at = (port: number) => ({ host: "127.0.0.1", port });

  test("that another process holds are port-busy, with the setting to change", async () => {
    const [free = 0, other = 0] = await freePorts(2);
    const server = createServer();
    onTestFinished(() => void server.close());
    const busy = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    const addresses = { sigilderg: at(free), mmf: at(busy), codex_nexus: at(other) };
    await expect(requireFree(addresses)).rejects.toMatchObject({
      code: "port-busy",
      remedy: expect.stringContaining("--set mmf.port="),
    });
  });

  test("that two services share are port-conflict", async () => {
    const [one = 0, two = 0] = await freePorts(2);
    expect(await codeOf(() => requireFree({ sigilderg: at(one), mmf: at(two), codex_nexus: at(one) }))).toBe(
      "port-conflict",
    );
  });

  test("that are free are free again after the look", async () => {
    const [a = 0, b = 0, c = 0] = await freePorts(3);
    const addresses = { sigilderg: at(a), mmf: at(b), codex_nexus: at(c) };
    await expect(requireFree(addresses)).resolves.toBeUndefined();
    await expect(requireFree(addresses)).resolves.toBeUndefined();
  });
});
