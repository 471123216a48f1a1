import { createServer, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("squatter");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

describe("a process that squats on Codex Nexus's port", () => {
  test("is not believed, and is sent no body", async () => {
    // The supervisor would stop everything when Codex Nexus dies; stopped itself, it cannot notice before the test is over.
    const supervisor = runtime.supervisorPid();
    process.kill(supervisor, "SIGSTOP");
    process.kill(runtime.pid("codex-nexus"), "SIGKILL");
    const bodies: string[] = [];
    const squatter = createServer(async (request: IncomingMessage, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      response.writeHead(200, { "content-type": "application/json", "sigil-response": "AAAA" });
      response.end(
        JSON.stringify({ service: "codex-nexus", instance: "x", records: [], next: null, stored: true }),
      );
    });
    try {
      await listen(squatter, runtime.ports["codex-nexus"]);
      const answer = await runtime.door("POST", "/v1/memory", {
        body: { kind: "episodic", text: "for nobody else", visibility: "private" },
      });
      expect(answer.status).toBe(503);
      expect(bodies.join("")).not.toContain("for nobody else");
      expect(bodies.length, "the squatter was asked to prove itself").toBeGreaterThan(0);
      expect(bodies.every((body) => body === "")).toBe(true);
    } finally {
      await new Promise((resolve) => {
        squatter.close(resolve);
        squatter.closeAllConnections();
      });
      process.kill(supervisor, "SIGCONT");
    }
  });
});

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen(port, "127.0.0.1", () => resolve(undefined));
    });
    if (!error) return;
    if (error.code !== "EADDRINUSE" || attempt > 50) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
