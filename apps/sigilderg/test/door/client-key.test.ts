import { generateSeed, type SigningKey, signingKey, toBase64url, utf8 } from "@sigil/crypto";
import { audience, sealRequest } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { ada: "Operator", bob: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

const newKey = () => signingKey(generateSeed());
const publicKeyOf = (key: SigningKey) => toBase64url(key.publicKey.raw);

async function enrol(key: SigningKey, principal = "ada", routes = ["*"]) {
  const answer = await stack.ask("POST", "/v1/client-keys", {
    as: "rita",
    body: { principal, publicKey: publicKeyOf(key), routes },
  });
  expect([answer.status, answer.body.kid]).toEqual([201, key.kid]);
  return answer.body;
}

/** A request that `key` sealed, with the licence of `as`. */
async function sealed(
  key: SigningKey,
  options: { as?: string; licence?: string; iss?: string; path?: string; body?: unknown } = {},
) {
  const { body: known } = await stack.ask("GET", "/.well-known/sigil-keys");
  const licence = options.licence ?? (await stack.licence(options.as ?? "ada"));
  const path = options.path ?? "/v1/memory";
  const method = options.body === undefined ? "GET" : "POST";
  const text = options.body === undefined ? "" : JSON.stringify(options.body);
  const { header } = sealRequest({
    ...{ key, method, url: path, licence, now: Date.now() },
    iss: options.iss ?? options.as ?? "ada",
    aud: audience("sigilderg", known.instance),
    contentType: text === "" ? "" : "application/json",
    body: utf8(text),
  });
  const headers = { "sigil-envelope": header };
  return await stack.ask(method, path, {
    ...{ authorization: `Bearer ${licence}`, headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
}

describe("a client key", () => {
  it("seals the requests of its principal from the moment it is enrolled, and after a restart", async () => {
    const key = newKey();
    const before = await sealed(key);
    expect([before.status, before.body.code]).toEqual([401, "envelope-key-unknown"]);
    const { decision } = await enrol(key);
    expect((await sealed(key)).status).toBe(200);
    const block = { kind: "episodic", text: "sealed" };
    expect((await sealed(key, { body: block })).status).toBe(201);
    const { body } = await stack.ask("GET", `/v1/audit/${decision}`, { as: "olga" });
    expect(body.entry).toMatchObject({
      action: "client-key.change",
      mode: "solo",
      outcome: { status: "done" },
    });
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.readyWithoutMmf();
    expect((await sealed(key)).status).toBe(200);
  }, 30_000);

  it("opens the routes that it is enrolled for, and no other", async () => {
    const key = newKey();
    await enrol(key, "ada", ["GET /v1/memory"]);
    expect((await sealed(key)).status).toBe(200);
    const other = await sealed(key, { path: "/v1/licence" });
    expect([other.status, other.body.code]).toEqual([403, "envelope-route"]);
  });

  it("is of no use with the licence of another, or under another name", async () => {
    const key = newKey();
    await enrol(key);
    const foreign = await sealed(key, { as: "bob", iss: "ada" });
    expect([foreign.status, foreign.body.code]).toEqual([401, "licence-refused"]);
    const renamed = await sealed(key, { as: "bob", iss: "bob" });
    expect([renamed.status, renamed.body.code]).toEqual([401, "envelope-issuer"]);
  });

  it("makes a licence that is bound to it worth something, and nothing else does", async () => {
    const key = newKey();
    const other = newKey();
    await enrol(key, "cyd");
    await enrol(other, "cyd");
    const claims = { ...stack.home.claims("cyd", "Operator"), cnf: { jkt: key.kid } };
    const licence = await stack.home.sign(claims);
    await stack.ask("POST", "/v1/licences", { as: "rita", body: { licence } });
    const bare = await stack.ask("GET", "/v1/memory", { authorization: `Bearer ${licence}` });
    expect([bare.status, bare.body.code]).toEqual([401, "licence-refused"]);
    expect((await sealed(other, { licence, iss: "cyd" })).body.code).toBe("licence-refused");
    expect((await sealed(key, { licence, iss: "cyd" })).status).toBe(200);
  });

  it("ends when it is rotated or revoked, is never enrolled again, and an overlap keeps the old one for its time", async () => {
    const [first, second, third] = [newKey(), newKey(), newKey()];
    await enrol(first);
    const rotate = (kid: string, key: SigningKey, overlapSeconds: number) =>
      stack.ask("POST", `/v1/client-keys/${kid}/rotation`, {
        as: "rita",
        body: { publicKey: publicKeyOf(key), overlapSeconds },
      });
    expect((await rotate(first.kid, second, 600)).status).toBe(201);
    expect([(await sealed(first)).status, (await sealed(second)).status]).toEqual([200, 200]);
    expect((await rotate(second.kid, third, 0)).status).toBe(201);
    expect((await sealed(second)).body.code).toBe("envelope-key-unknown");
    const revoked = await stack.ask("POST", `/v1/client-keys/${third.kid}/revocation`, {
      as: "rita",
      body: { reason: "lost" },
    });
    expect(revoked.status).toBe(201);
    expect((await sealed(third)).body.code).toBe("envelope-key-unknown");
    const again = await stack.ask("POST", "/v1/client-keys", {
      as: "rita",
      body: { principal: "ada", publicKey: publicKeyOf(third), routes: ["*"] },
    });
    expect([again.status, again.body.code]).toEqual([409, "client-key-known"]);
    expect((await rotate(third.kid, newKey(), 0)).body.code).toBe("client-key-ended");
    const { body } = await stack.ask("GET", "/v1/client-keys", { as: "olga" });
    const states = Object.fromEntries(
      body.keys.map((row: { kid: string; state: string }) => [row.kid, row.state]),
    );
    expect([states[first.kid], states[second.kid], states[third.kid]]).toEqual([
      "ending",
      "ended",
      "revoked",
    ]);
  });

  it("is changed by a Root alone; a weak key and a route that is none are refused", async () => {
    const body = { principal: "ada", publicKey: publicKeyOf(newKey()), routes: ["*"] };
    const low = await stack.ask("POST", "/v1/client-keys", { as: "ada", body });
    expect([low.status, low.body.code]).toEqual([403, "level-too-low"]);
    const refused = async (changes: object) =>
      (await stack.ask("POST", "/v1/client-keys", { as: "rita", body: { ...body, ...changes } })).body.code;
    // The neutral element: of small order, so every signature under it could verify.
    expect(await refused({ publicKey: toBase64url(Uint8Array.of(1, ...new Uint8Array(31))) })).toBe(
      "body-invalid",
    );
    expect(await refused({ routes: ["POST /v1/records"] })).toBe("body-invalid");
    expect(await refused({ routes: [] })).toBe("body-invalid");
    const none = await stack.ask("POST", `/v1/client-keys/${newKey().kid}/revocation`, {
      as: "rita",
      body: { reason: "x" },
    });
    expect([none.status, none.body.code]).toEqual([404, "not-found"]);
  });
});
