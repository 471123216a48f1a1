import { utf8 } from "@sigil/crypto";
import { sealRequest } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instanceOf, serviceKey } from "./keys.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("replay");
let runtime: Runtime;
const path = "/v1/records/query";
const body = JSON.stringify({ kind: "canon.entry", order: "asc", limit: 1 });

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const nexus = () => `http://127.0.0.1:${runtime.ports["codex-nexus"]}`;

/** An envelope that SigilDERG itself could have sent: what an attacker on loopback would capture. */
async function captured(): Promise<string> {
  return sealRequest({
    key: serviceKey(place.home, "sigilderg"),
    iss: "sigilderg",
    aud: `codex-nexus/${await instanceOf(nexus(), place.home)}`,
    method: "POST",
    url: path,
    contentType: "application/json",
    body: utf8(body),
    ctx: { principal: "operator", loa: "Root", decision: "01900000-0000-7000-8000-000000000000" },
    now: Date.now(),
  }).header;
}

const send = (header: string) =>
  fetch(nexus() + path, {
    method: "POST",
    headers: { "content-type": "application/json", "sigil-envelope": header },
    body,
  });

describe("an envelope", () => {
  test("a replayed envelope is refused, also after a restart", async () => {
    const header = await captured();
    expect((await send(header)).status).toBe(200);
    const again = await send(header);
    expect(again.status).toBe(401);
    expect(await again.text()).toContain("envelope-replayed");
    await runtime.stop();
    await runtime.start();
    const later = await send(header);
    expect(later.status).toBe(409);
    expect(await later.text()).toContain("stale-instance");
  });

  test("moved to another body is refused", async () => {
    const header = await captured();
    const answer = await fetch(nexus() + path, {
      method: "POST",
      headers: { "content-type": "application/json", "sigil-envelope": header },
      body: body.replace("asc", "desc"),
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("envelope-body");
  });
});
