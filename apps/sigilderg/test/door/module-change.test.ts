import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
let digest = "";
beforeAll(async () => {
  stack = await Stack.start({
    people: { guest: "Guest", operator: "Operator", root: "Root" },
    services: ["codex-nexus", "mmf", "sigilderg"],
    modules: [
      {
        id: "plain",
        run: `return ctx.ruleZero({ summary: "nothing to say", verdict: "Allow", claims: [] });`,
        capabilities: [],
      },
    ],
  });
  await stack.ready();
  const { body } = await stack.ask("GET", "/v1/modules", { as: "guest" });
  digest = body.modules[0].digest;
}, 60_000);
afterAll(async () => {
  await stack?.close();
});

const run = async () => {
  const { status, body } = await stack.ask("POST", "/v1/modules/plain/runs", {
    ...{ as: "operator", body: { input: {} } },
  });
  return status === 200 ? "ran" : body.code;
};
const listed = async () => (await stack.ask("GET", "/v1/modules", { as: "guest" })).body.modules.length;
const change = async (path: string, body: object) => {
  const answer = await stack.ask("POST", `/v1/modules${path}`, {
    as: "root",
    body: { reason: "a test", ...body },
  });
  return answer.status === 201 ? "done" : answer.body.code;
};

describe("a change of the modules", () => {
  it("keeps a revoked digest from running and from the list, from the next request on and after a restart", async () => {
    expect([await run(), await listed()]).toEqual(["ran", 1]);
    expect(await change("/revocations", { id: "plain", digest })).toBe("done");
    expect([await run(), await listed()]).toEqual(["module-revoked", 0]);
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.ready();
    expect([await run(), await listed()]).toEqual(["module-revoked", 0]);
  });

  it("does not register a revoked digest; a reinstated one runs again", async () => {
    expect(await change("", { id: "plain", digest })).toBe("module-revoked");
    expect(await change("/reinstatements", { id: "plain", digest })).toBe("done");
    expect([await run(), await listed()]).toEqual(["ran", 1]);
  });

  it("does not register a digest that the module host does not hold, and says what it holds", async () => {
    const other = `sha256:${"0".repeat(64)}`;
    const { status, body } = await stack.ask("POST", "/v1/modules", {
      ...{ as: "root", body: { id: "plain", digest: other, reason: "newer" } },
    });
    expect([status, body.code]).toEqual([409, "module-not-held"]);
    expect(body.detail).toContain(digest);
  });

  it("says all that happened to a module, and of one that never was, that there is none", async () => {
    const { body } = await stack.ask("GET", "/v1/modules/plain/versions", { as: "guest" });
    expect(body.inForce).toBe(digest);
    expect(body.events.map(({ change: what }: { change: string }) => what)).toEqual([
      ...["genesis", "revoke", "reinstate"],
    ]);
    const none = await stack.ask("GET", "/v1/modules/nobody/versions", { as: "guest" });
    expect([none.status, none.body.code]).toEqual([404, "module-unknown"]);
  });
});
