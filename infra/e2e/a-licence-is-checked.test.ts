import { generateSeed, signingKey } from "@sigil/crypto";
import { issueLicence } from "@sigil/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issuerKey } from "./keys.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("licence");
let runtime: Runtime;
const note = { kind: "episodic", text: "a note", visibility: "private" };

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const write = (licence: string | null, headers: Record<string, string> = {}) =>
  runtime.door("POST", "/v1/memory", { licence, body: note, headers });

/** Claims of the real operator licence, without checking them. */
const claims = () =>
  JSON.parse(Buffer.from(runtime.licence("operator").split(".")[1] ?? "", "base64url").toString());

describe("a licence that is missing, forged, expired or too low is refused", () => {
  test("a right one is accepted, so that the refusals below mean something", async () => {
    const answer = await write(runtime.licence("operator"));
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get("sigil-decision")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("missing, malformed and forged licences get 401 in one outward shape", async () => {
    const forged = await issueLicence(claims(), signingKey(generateSeed()));
    const [header, , signature] = runtime.licence("operator").split(".");
    const raised = Buffer.from(JSON.stringify({ ...claims(), loa: "Root" })).toString("base64url");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "sigil-license+jwt" })).toString("base64url");
    const shapes = new Set<string>();
    for (const licence of [
      null,
      "x",
      "a.b.c",
      forged,
      `${header}.${raised}.${signature}`,
      `${none}.${raised}.`,
    ]) {
      const answer = await write(licence);
      expect(answer.status, String(licence)).toBe(401);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      const { instance: _, requestId: __, ...shape } = answer.body;
      shapes.add(JSON.stringify(shape));
    }
    expect(shapes.size).toBe(1);
  });

  test("an expired licence, and one that the log does not hold, are refused though the real issuer signed them", async () => {
    const issuer = issuerKey(place.home);
    const now = Math.floor(Date.now() / 1000);
    const fresh = await issueLicence(
      { ...claims(), iat: now - 7200, nbf: now - 7200, exp: now + 7200 },
      issuer,
    );
    expect(
      (await write(fresh)).status,
      "the key is the issuer's, so that only the next lines make the difference",
    ).toBe(201);
    const expired = await issueLicence(
      { ...claims(), iat: now - 7200, nbf: now - 7200, exp: now - 120 },
      issuer,
    );
    expect((await write(expired)).status).toBe(401);
    const unrecorded = await issueLicence(
      { ...claims(), jti: "01900000-0000-7000-8000-00000000beef" },
      issuer,
    );
    expect((await write(unrecorded)).status).toBe(401);
  });

  test("a level too low is 403, and names the level that is needed", async () => {
    const observer = await runtime.json("license", "issue", "--principal", "reader", "--loa", "Observer");
    const answer = await write(observer.licence);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("Operator");
    expect(answer.body.decisionId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await runtime.door("GET", "/v1/memory", { licence: observer.licence })).status).toBe(200);
  });

  test("two licences at once are refused", async () => {
    const licence = runtime.licence("operator");
    const answer = await write(null, { authorization: `Bearer ${licence}, Bearer ${licence}` });
    expect(answer.status).toBe(401);
  });
});
