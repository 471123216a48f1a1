import { afterAll, beforeAll, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("session");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

test("a session writes with its cookie, its secret and a token of its page, and ends with the process", async () => {
  const opened = await runtime.door("POST", "/v1/session");
  expect(opened.status, opened.text).toBe(201);
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  const json = { "content-type": "application/json" };
  const headers = { cookie, "x-sigil-session": opened.body.secret, origin: runtime.url };
  const ask = (method: string, path: string, more: Record<string, string> = {}, body?: unknown) =>
    runtime.door(method, path, { licence: null, headers: { ...headers, ...more }, body });

  expect((await ask("GET", "/v1/licence")).body.effective.loa).toBe("Operator");
  const note = { kind: "episodic", text: "a note", visibility: "private" };
  expect((await ask("POST", "/v1/memory", {}, note)).body.code).toBe("csrf-refused");
  const minted = await ask("POST", "/v1/session/csrf", json);
  const written = await ask("POST", "/v1/memory", { "x-sigil-csrf": minted.body.token }, note);
  expect(written.status, written.text).toBe(201);
  expect(written.headers.get("ratelimit")).toContain('"write";r=');

  await runtime.stop();
  await runtime.start();
  expect((await ask("GET", "/v1/licence")).status).toBe(401);
  expect((await runtime.door("GET", "/v1/licence")).status, "the licence itself lives on").toBe(200);
});
