import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

const root = join(import.meta.dirname, "../../../..");
const folder = mkdtempSync(join(tmpdir(), "sigil-development-"));
const built = (profile: string) => join(folder, profile, "apps/sigilderg/dist/sigilderg.js");
const [development, production] = [built("development"), built("production")];
const env = { SIGIL_DEVELOPMENT_BYPASS: "dora:Operator" };
const note = { kind: "episodic", text: "x" };

let stack: Stack;
beforeAll(async () => {
  for (const profile of ["development", "production"])
    execFileSync(process.execPath, [join(root, "infra/build.mjs"), profile, join(folder, profile)]);
  stack = await Stack.start({ people: { rita: "Root" }, services: ["codex-nexus"] });
}, 120_000);
afterEach(() => stack?.stopService("sigilderg"));
afterAll(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (
  how: Parameters<Stack["serve"]>[2],
  settings: Parameters<Stack["serve"]>[1] = [],
): Promise<void> => {
  await stack.serve("sigilderg", settings, how);
  await stack.readyWithoutMmf();
};
const warnings = () =>
  stack
    .output("sigilderg")
    .split("\n")
    .filter((line) => line.includes('"code":"development-bypass"'));

/** The one line on which a service says why it does not start. */
const refusal = async (how: Parameters<Stack["serve"]>[2], settings: readonly string[] = []) =>
  stack.serve("sigilderg", settings, how).then(
    () => "it started",
    (error: Error) => /"code":"([a-z-]+)","msg":"([^"\\]|\\.)*"/.exec(error.message)?.[1] ?? error.message,
  );

describe("the development bypass", () => {
  it("admits in a development build, with its switch and on loopback, and says so at start and on every request", async () => {
    await start({ entry: development, env });
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain("everyone on this machine is dora with the level Operator");
    expect((await stack.ask("POST", "/v1/memory", { body: note })).status).toBe(201);
    expect((await stack.ask("GET", "/v1/memory")).body.blocks).toHaveLength(1);
    expect(warnings()).toHaveLength(3);
    expect(warnings()[1]).toContain("POST /v1/memory");
  });

  it("admits as the configured principal and level, and every decision carries its mark", async () => {
    await start({ entry: development, env });
    const above = await stack.ask("POST", "/v1/lockdown", { body: { reason: "x" } });
    expect([above.status, above.body.code]).toEqual([403, "level-too-low"]);
    const written = await stack.ask("POST", "/v1/memory", { body: note });
    for (const { headers } of [above, written]) {
      const { body } = await stack.ask("GET", `/v1/decisions/${headers.get("sigil-decision")}`, {
        as: "rita",
      });
      expect(body.body).toMatchObject({
        principal: "dora",
        loa: "Operator",
        licence: "development:bypass",
      });
    }
  });

  it("replaces no credential that is presented, opens no session, and admits no page of another origin", async () => {
    await start({ entry: development, env });
    for (const headers of [{ authorization: "Bearer x.y.z" }, { cookie: "a=b" }, { "x-sigil-session": "x" }])
      expect((await stack.ask("GET", "/v1/memory", { headers: headers as never })).status).toBe(401);
    expect((await stack.ask("POST", "/v1/session")).status).toBe(401);
    for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }])
      expect((await stack.ask("GET", "/v1/memory", { headers: headers as never })).body.code).toBe(
        "origin-refused",
      );
    expect((await stack.ask("GET", "/v1/licence", { as: "rita" })).body.claims.sub).toBe("rita");
    expect(warnings(), "nobody of these came in by it").toHaveLength(1);
  });

  it("is nothing without its switch", async () => {
    await start({ entry: development });
    expect((await stack.ask("GET", "/v1/memory")).status).toBe(401);
    expect(warnings()).toEqual([]);
  });

  it("keeps a development build from starting where others than this machine may reach it", async () => {
    for (const setting of [
      "sigilderg.host=0.0.0.0",
      "sigilderg.allowed_hosts=sigil.example",
      "sigilderg.trusted_proxies=10.0.0.1",
    ])
      expect([setting, await refusal({ entry: development, env }, [setting])]).toEqual([
        setting,
        "development-bypass-exposed",
      ]);
  }, 30_000);

  it("keeps a development build from starting with a caller that it cannot read", async () => {
    for (const wrong of ["", "dora", "dora:operator", "dora:King", "Dora:Operator", "dora:Root:Root"])
      expect([
        wrong,
        await refusal({ entry: development, env: { SIGIL_DEVELOPMENT_BYPASS: wrong } }),
      ]).toEqual([wrong, "development-bypass-invalid"]);
  }, 30_000);

  it("is an unknown setting to a production build, and to the source", async () => {
    for (const how of [{ entry: production, env }, { env }])
      expect(await refusal(how)).toBe("config-unknown-key");
    await start({ entry: production });
    expect((await stack.ask("GET", "/v1/memory")).status).toBe(401);
  });

  it("is in no bundle of a production build, where the same search finds it in a development build", () => {
    const found = (from: string) => {
      const bundles = globSync("apps/*/dist/**/*.js", { cwd: from });
      expect(bundles.length).toBeGreaterThan(6);
      return bundles.filter((file) => /development[-:_]bypass/i.test(readFileSync(join(from, file), "utf8")));
    };
    expect(found(join(folder, "development"))).toContain("apps/sigilderg/dist/sigilderg.js");
    expect(found(join(folder, "production"))).toEqual([]);
    expect(found(root), "what lies in dist").toEqual([]);
  });
});
