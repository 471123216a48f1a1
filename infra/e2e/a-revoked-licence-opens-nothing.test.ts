import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("revoke");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

test("a licence that the command revokes opens nothing from its answer on, nor after a restart", async () => {
  const { licence, claims } = await runtime.json(
    ...["license", "issue", "--principal", "kim", "--loa", "Observer"],
  );
  const status = async () => (await runtime.door("GET", "/v1/licence", { licence })).status;
  const stateOf = async () => {
    const { licences } = await runtime.json("license", "list", "--principal", "kim");
    return licences.map(({ jti, state }: { jti: string; state: string }) => [jti, state]);
  };
  expect([await status(), await stateOf()]).toEqual([200, [[claims.jti, "current"]]]);

  const unreasoned = await runtime.cli("license", "revoke", claims.jti);
  expect([unreasoned.code, unreasoned.stderr]).toEqual([2, expect.stringContaining("--reason")]);
  expect((await runtime.json("license", "revoke", claims.jti, "--reason", "lost")).runs).toBe(0);
  expect([await status(), await stateOf()]).toEqual([401, [[claims.jti, "revoked"]]]);

  const file = join(place.parent, "kim.jwt");
  writeFileSync(file, `${licence}\n`);
  const asked = await runtime.cli("license", "validate", file);
  expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining("licence-revoked")]);

  await runtime.stop();
  await runtime.start();
  expect([await status(), await stateOf()]).toEqual([401, [[claims.jti, "revoked"]]]);
});
