import { describe, expect, it } from "vitest";
import { DoorClient } from "../src/client/door-client.ts";
import { WireError } from "../src/error.ts";
import { codeRejectedBy, codeThrownBy } from "./fixtures.ts";
import { atEnd, http, rawServer } from "./peers.ts";

function door(port: number, licence?: string): DoorClient {
  const client = new DoorClient({ baseUrl: `http://127.0.0.1:${port}`, licence });
  atEnd(() => client.close());
  return client;
}

const PROBLEM = {
  type: "urn:sigil:problem:level-too-low",
  title: "The caller's level is too low for this action.",
  status: 403,
  detail: "memory.write needs Operator",
  code: "level-too-low",
  remedy: "Use a licence of the level that missing names.",
  decisionId: "01890000-0000-7000-8000-000000000001",
  missing: ["Operator"],
};

describe("a caller of the door", () => {
  it("sends the licence as a bearer token and gets JSON, the decision id and the request id", async () => {
    const server = await rawServer(() =>
      http(200, '{"ok":true}', { "sigil-decision": "d1", "x-request-id": "r1" }),
    );
    const answer = await door(server.port, "a.b.c").request({ method: "GET", path: "/v1/licence" });
    expect(answer).toEqual({ status: 200, body: { ok: true }, decisionId: "d1", requestId: "r1" });
    expect(server.seen.bytes).toMatch(/\r\nauthorization: Bearer a\.b\.c\r\n/i);
  });

  it("raises a refusal as door-refused with code, detail, remedy, missing and decision id", async () => {
    const server = await rawServer(() =>
      http(403, JSON.stringify(PROBLEM), { "content-type": "application/problem+json" }),
    );
    const error = await door(server.port)
      .request({ method: "GET", path: "/" })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WireError);
    expect(error).toMatchObject({ code: "door-refused", problem: PROBLEM, remedy: PROBLEM.remedy });
  });

  it("says door-unreachable, with what to do, when nothing listens", async () => {
    const gone = await rawServer(() => undefined);
    await gone.close();
    const error = await door(gone.port)
      .request({ method: "GET", path: "/" })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "door-unreachable", remedy: expect.stringContaining("npm start") });
  });

  it("says door-timeout when no answer comes in time, and door-aborted when it is cancelled", async () => {
    const server = await rawServer(() => undefined);
    const client = door(server.port);
    expect(await codeRejectedBy(client.request({ method: "GET", path: "/", timeoutMs: 50 }))).toBe(
      "door-timeout",
    );
    const signal = AbortSignal.timeout(50);
    expect(await codeRejectedBy(client.request({ method: "GET", path: "/", signal }))).toBe("door-aborted");
  });

  it.each([
    ["JSON with a duplicate key", http(200, '{"a":1,"a":2}')],
    ["a refusal that is no problem", http(500, "<html>", { "content-type": "text/html" })],
    ["an answer of another shape", http(200, '{"modules":"many"}')],
  ])("says door-response-invalid for %s", async (_, reply) => {
    const server = await rawServer(() => reply);
    expect(await codeRejectedBy(door(server.port).call("sigilderg GET /v1/modules"))).toBe(
      "door-response-invalid",
    );
  });

  it("does not follow a redirect with the licence", async () => {
    const elsewhere = await rawServer(() => http(200, "{}"));
    const server = await rawServer(() => http(302, "", { location: `http://127.0.0.1:${elsewhere.port}/` }));
    expect(await codeRejectedBy(door(server.port, "a.b.c").request({ method: "GET", path: "/" }))).toBe(
      "door-response-invalid",
    );
    expect(elsewhere.seen.connections).toBe(0);
  });

  it("refuses to send a licence in the clear to another machine: door-insecure", () => {
    expect(codeThrownBy(() => new DoorClient({ baseUrl: "http://192.0.2.1:7400", licence: "a.b.c" }))).toBe(
      "door-insecure",
    );
    expect(() => new DoorClient({ baseUrl: "https://sigil.example" })).not.toThrow();
  });
});
