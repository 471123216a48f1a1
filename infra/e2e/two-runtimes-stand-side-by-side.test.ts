import { existsSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "@sigil/crypto";
import { sealRequest } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instanceOf, serviceKey } from "./keys.ts";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const [one, other] = [temporaryHome("one"), temporaryHome("other")];
let first: Runtime;
let second: Runtime;
beforeAll(async () => {
  first = await Runtime.start(one.home);
  second = await Runtime.start(other.home);
});
afterAll(async () => {
  await first?.stop();
  await second?.stop();
  one.remove();
  other.remove();
});

const path = "/v1/records/query";
const body = JSON.stringify({ kind: "canon.entry", order: "asc", limit: 1 });
const store = (runtime: Runtime) => `http://127.0.0.1:${runtime.ports["codex-nexus"]}`;

/** An envelope of the first runtime's control plane for the store of `to`. */
async function sealedFor(to: Runtime): Promise<string> {
  return sealRequest({
    key: serviceKey(one.home, "sigilderg"),
    iss: "sigilderg",
    aud: `codex-nexus/${await instanceOf(store(to), to.home)}`,
    method: "POST",
    url: path,
    contentType: "application/json",
    body: utf8(body),
    ctx: { principal: "operator", loa: "Root", decision: "01900000-0000-7000-8000-000000000000" },
    now: Date.now(),
  }).header;
}

async function sent(to: Runtime, envelope: string): Promise<[number, string | undefined]> {
  const headers = { "content-type": "application/json", "sigil-envelope": envelope };
  const answer = await fetch(store(to) + path, { method: "POST", headers, body });
  return [answer.status, ((await answer.json()) as { code?: string }).code];
}

describe("two runtimes on one machine", () => {
  test("an envelope for one store is refused by the other's, before and after it was used", async () => {
    const envelope = await sealedFor(first);
    expect(await sent(second, envelope)).toEqual([409, "stale-instance"]);
    expect(await sent(first, envelope)).toEqual([200, undefined]);
    expect(await sent(second, envelope)).toEqual([409, "stale-instance"]);
    expect(await sent(first, envelope)).toEqual([401, "envelope-replayed"]);
  });

  test("the key of one control plane opens nothing at the other's store, however it is addressed", async () => {
    expect(await sent(second, await sealedFor(second))).toEqual([401, "envelope-key-unknown"]);
  });

  test("a Root licence of one is no licence at the other", async () => {
    const answer = await second.door("GET", "/v1/licence", { licence: first.licence("root") });
    expect([answer.status, answer.body.code]).toEqual([401, "licence-refused"]);
    expect((await first.door("GET", "/v1/licence", { licence: first.licence("root") })).status).toBe(200);
  });

  test("a backup of a home whose ports another runtime holds is not asked of that runtime", async () => {
    await first.stop();
    const refusals = async () => (await second.json("audit", "list", "--action", "decision.explain")).entries;
    const before = await refusals();
    const file = join(one.parent, "beside.db");
    const made = await sigil(one.home, ["store", "backup", file, ...second.flags]);
    expect([made.code, made.stderr]).toEqual([0, expect.any(String)]);
    expect(existsSync(file)).toBe(true);
    expect(await refusals()).toEqual(before);
    // The other's own is asked, and leaves the question in its log.
    expect((await second.cli("store", "backup", join(other.parent, "own.db"))).code).toBe(0);
    await expect.poll(async () => (await refusals()).length, { timeout: 10_000 }).toBe(before.length + 1);
  });
});
