import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { serve } from "../src/serve.ts";
import { atEnd, newService, running } from "./fixtures.ts";
import { send } from "./http.ts";

const options = { host: "127.0.0.1", signals: false } as const;

describe("listening", () => {
  it("says port-busy, with port and remedy, when another process has the port", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    atEnd(() => other.close());
    const { port } = other.address() as { port: number };
    const { service } = newService("mmf");
    await expect(serve({ service: service as never, ...options, port })).rejects.toMatchObject({
      code: "port-busy",
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining("mmf.port"),
    });
  });
  it("says address-unavailable for an address of another machine", async () => {
    const { service } = newService("mmf");
    await expect(
      serve({ service: service as never, ...options, host: "192.0.2.1", port: 0 }),
    ).rejects.toMatchObject({ code: "address-unavailable" });
  });
  it("prints one ready line with address and instance", async () => {
    const { service, lines } = newService("mmf");
    const { address } = await running(service);
    expect(lines.filter((line) => line.msg === "ready")).toMatchObject([
      { address, instance: service.instance },
    ]);
  });
});

describe("stopping", () => {
  it("answers what runs, refuses what comes, closes what is idle, and then runs onStop once", async () => {
    const order: string[] = [];
    let arrived = () => {};
    const begun = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { service } = newService("sigilderg", {
      "sigilderg GET /v1/modules": async () => {
        arrived();
        await new Promise((resolve) => setTimeout(resolve, 150));
        order.push("answered");
        return { json: { modules: [], others: [], refused: [] } };
      },
    });
    const server = await serve({
      service: service as never,
      ...options,
      port: 0,
      onStop: () => void order.push("onStop"),
    });
    const slow = send(`${server.address}/v1/modules`);
    await begun;
    const stopping = Promise.all([server.stop(), server.stop()]);
    expect((await slow).status).toBe(200);
    await stopping;
    expect(order).toEqual(["answered", "onStop"]);
    await expect(send(`${server.address}/healthz`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
  it("cuts off what does not finish within the deadline", async () => {
    let arrived = () => {};
    const begun = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { service } = newService("sigilderg", {
      "sigilderg GET /v1/modules": () => {
        arrived();
        return new Promise(() => {});
      },
    });
    const server = await serve({ service: service as never, ...options, port: 0, drainMs: 100 });
    const hanging = send(`${server.address}/v1/modules`).catch((error: { code: string }) => error.code);
    await begun;
    await server.stop();
    expect(await hanging).toBe("ECONNRESET");
  });
});

/** Runs a service's main in a process of its own. */
function main(mode: string) {
  const file = fileURLToPath(new URL("./processes/main.ts", import.meta.url));
  const child = spawn(process.execPath, [file, mode], { stdio: ["ignore", "pipe", "pipe"] });
  atEnd(() => child.kill("SIGKILL"));
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ready = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (out.includes('"msg":"ready"')) resolve();
    });
  });
  const ended = new Promise<{ exit: number | null; out: string; err: string }>((resolve) => {
    child.on("close", (exit) => resolve({ exit, out, err }));
  });
  return { child, ready, ended };
}

describe("a service's process", () => {
  it.skipIf(process.platform === "win32").each(["SIGTERM", "SIGINT"] as const)(
    "drains and exits 0 on %s",
    async (signal) => {
      const { child, ready, ended } = main("serve");
      await ready;
      child.kill(signal);
      const { exit, out } = await ended;
      expect(exit).toBe(0);
      expect(out).toContain('"msg":"stopped"');
    },
  );
  it("that cannot start says so in one JSON line on stderr, with code and remedy, and exits 78", async () => {
    const { exit, err, out } = await main("refuse").ended;
    expect(exit).toBe(78);
    expect(out).toBe("");
    expect(err.trim().split("\n").length).toBe(1);
    expect(JSON.parse(err)).toMatchObject({
      level: 60,
      code: "port-busy",
      msg: "7400 is taken",
      remedy: "Stop the other one.",
    });
  });
  it("ends with 70 when something fails that nobody caught: it does not go on in an unknown state", async () => {
    const { exit, err } = await main("crash").ended;
    expect(exit).toBe(70);
    expect(JSON.parse(err)).toMatchObject({ level: 60, code: "internal", msg: "unforeseen" });
  });
});
