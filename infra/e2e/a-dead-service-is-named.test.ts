import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plant } from "./packages.ts";
import { Runtime, type Service, temporaryHome } from "./runtime.ts";

const place = temporaryHome("dead-service");
const modules = join(place.parent, "modules");
let runtime: Runtime;

beforeAll(async () => {
  // It runs until it is killed.
  await plant(modules, "endless", "export default { async run() { for (;;) {} } };\n", {
    limits: { cpuMs: 20_000, wallMs: 20_000 },
  });
  runtime = await Runtime.start(place.home, [`mmf.modules_dir=${modules}`]);
}, 90_000);
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

/** Decisions of all runs so far. */
async function runs(): Promise<string[]> {
  const { body } = await runtime.door("GET", "/v1/canon?kind=run.input&limit=50");
  return body.records.map(
    (found: { signed: { record: { author: { decision: string } } } }) => found.signed.record.author.decision,
  );
}

describe("a service that is killed with -9 while a module runs", () => {
  test.each<[Service]>([["mmf"], ["codex-nexus"], ["sigilderg"]])(
    "%s is named by sigil start, which ends; after the next start the run has an outcome, and the log verifies",
    async (service) => {
      const before = await runs();
      await runtime.json("memory", "write", `kept before ${service}`);
      const asked = runtime.door("POST", "/v1/modules/endless/runs", { body: { input: {} } }).then(
        ({ status }) => status,
        () => "no answer",
      );
      await expect.poll(async () => (await runs()).length, { timeout: 10_000 }).toBe(before.length + 1);
      const ended = runtime.ended();
      process.kill(runtime.pid(service), "SIGKILL");
      expect([503, "no answer"]).toContain(await asked);
      expect(await ended).toBe(1);
      expect(runtime.log).toContain(`service-died: ${service} `);
      expect((await runtime.cli("canon", "verify")).stdout).toContain("intact");
      await runtime.start();
      const [decision] = (await runs()).filter((id) => !before.includes(id));
      const { body } = await runtime.door("GET", `/v1/decisions/${decision}`);
      expect(["unknown", "failed"]).toContain(body.outcome?.status);
      const { blocks } = await runtime.json("memory", "list");
      expect(blocks.map(({ text }: { text: string }) => text)).toContain(`kept before ${service}`);
    },
    60_000,
  );
});
