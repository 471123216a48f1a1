import { PROBLEMS, type ProblemCode, ProblemError, problem } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { type newService as NewService, newService, running } from "./fixtures.ts";
import { send as http, raw } from "./http.ts";

const MEMORY = "sigilderg POST /v1/memory";
const ID = "01890000-0000-7000-8000-000000000001";
const written = { id: ID, hash: `sha256:${"a".repeat(64)}`, index: 1, decision: ID, replayed: false };

async function door(
  handlers: Parameters<typeof NewService>[1] = {},
  options: Parameters<typeof NewService>[2] = {},
) {
  const scene = newService("sigilderg", handlers, options);
  const server = await running(scene.service);
  const send = async (method: string, path: string, init: Parameters<typeof http>[1] = {}) => {
    const { status, headers, text } = await http(`${server.address}${path}`, { method, ...init });
    const type = String(headers["content-type"]);
    return { status, headers, type, body: type.includes("json") ? JSON.parse(text) : text };
  };
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    send("POST", "/v1/memory", { body, headers: { "content-type": "application/json", ...headers } });
  return { ...scene, server, send, post };
}

const block = '{"kind":"semantic","text":"x"}';

describe("a body is refused by name, and no handler sees it", () => {
  const deep = `{"kind":"semantic","text":${"[".repeat(40)}${"]".repeat(40)}}`;
  it.each<[string, string | Uint8Array, number, string, RegExp]>([
    ["that is not JSON", "fn main() {}", 400, "body-malformed", /json-syntax/],
    [
      "with a duplicate key",
      '{"kind":"semantic","kind":"episodic","text":"x"}',
      400,
      "body-malformed",
      /json-duplicate-key/,
    ],
    ["that is too deep", deep, 400, "body-malformed", /depth-exceeded/],
    [
      "that is not UTF-8",
      Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      400,
      "body-malformed",
      /json-utf8/,
    ],
    ["with a byte order mark", `\ufeff${block}`, 400, "body-malformed", /json-byte-order-mark/],
    [
      "with a lone surrogate",
      '{"kind":"semantic","text":"\\ud800"}',
      400,
      "body-malformed",
      /lone-surrogate/,
    ],
    [
      "with __proto__",
      '{"kind":"semantic","text":"x","__proto__":{}}',
      400,
      "body-malformed",
      /key-forbidden/,
    ],
    ["with an unknown field", '{"kind":"semantic","text":"x","admin":true}', 422, "body-invalid", /admin/],
    ["with a missing field", '{"kind":"semantic"}', 422, "body-invalid", /\$\.text/],
    ["that is empty", "", 400, "body-missing", /JSON body/],
    [
      "that is too large",
      `{"kind":"semantic","text":"${"x".repeat(200_000)}"}`,
      413,
      "body-too-large",
      /131072 bytes/,
    ],
  ])("%s", async (_, body, status, code, detail) => {
    const { post, reached } = await door();
    const answer = await post(body);
    expect(answer).toMatchObject({ status, type: "application/problem+json", body: { code, status } });
    expect(problem.parse(answer.body).detail).toMatch(detail);
    expect(reached).toEqual([]);
  });

  it("sent in chunks without a length, as soon as the limit is passed", async () => {
    const { server, reached } = await door();
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const head =
      "POST /v1/memory HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    expect(await raw(server.port, `${head}${chunk}${chunk}${chunk}0\r\n\r\n`)).toContain(
      '"code":"body-too-large"',
    );
    expect(reached).toEqual([]);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])(
    "of the type %j",
    async (type) => {
      const { send } = await door();
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      expect(await send("POST", "/v1/memory", { body: block, headers })).toMatchObject({
        status: 415,
        body: { code: "content-type" },
      });
    },
  );

  it("that is compressed", async () => {
    const { post } = await door();
    expect(await post(block, { "content-encoding": "gzip" })).toMatchObject({
      status: 415,
      body: { code: "content-type" },
    });
  });

  it("on a route that takes none", async () => {
    const { send } = await door();
    expect(await send("GET", "/healthz", { body: "{}" })).toMatchObject({
      status: 400,
      body: { code: "body-unexpected" },
    });
  });
});

describe("a request line is read one way only", () => {
  it.each(["/v1//memory", "/v1/memory/..%2f", "/v1/%2e%2e/memory", "/v1/memory%00", "/v1/./memory"])(
    "%s is refused as path-not-canonical",
    async (path) => {
      const { server } = await door();
      const answer = await raw(
        server.port,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400/);
      expect(answer).toContain("path-not-canonical");
    },
  );
  it.each(["/v1/memory/", "/V1/memory", "/v1/memoryx", "/v2"])("%s is no route", async (path) => {
    const { send } = await door();
    expect(await send("GET", path)).toMatchObject({ status: 404, body: { code: "route-unknown" } });
  });
  it("a method that a route does not have is refused with the methods it has", async () => {
    const { send } = await door();
    const answer = await send("DELETE", "/v1/memory");
    expect(answer).toMatchObject({ status: 405, body: { code: "method-not-allowed" } });
    expect(answer.headers.allow).toBe("POST, GET");
    expect((await send("OPTIONS", "/v1/memory")).status).toBe(405);
  });
  it("an id that cannot exist is refused before the handler", async () => {
    const { send, reached } = await door();
    expect(await send("GET", "/v1/memory/not-an-id")).toMatchObject({
      status: 404,
      body: { code: "path-invalid" },
    });
    expect(reached).toEqual([]);
  });
  it("an unknown, repeated or malformed parameter is refused", async () => {
    const { send } = await door();
    for (const query of ["?x=1", "?limit=1&limit=2", "?limit=0", "?limit=ten", "?kind=other"]) {
      expect(await send("GET", `/v1/memory${query}`)).toMatchObject({
        status: 400,
        body: { code: "query-invalid" },
      });
    }
    expect(await send("GET", "/healthz?x=1")).toMatchObject({ body: { code: "query-invalid" } });
  });
});

describe("the Host header", () => {
  it.each(["127.0.0.1", "localhost:7400", "[::1]:7400", "LOCALHOST"])("%s is served", async (host) => {
    const { send } = await door();
    expect((await send("GET", "/healthz", { headers: { host } })).status).toBe(200);
  });
  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::2]"])(
    "%j is refused: a rebound DNS name",
    async (host) => {
      const { server } = await door();
      const answer = await raw(
        server.port,
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 421/);
    },
  );
});

describe("a target or Host that two parsers would read differently", () => {
  it.each([
    ["/v1\\memory", "localhost"],
    ["/healthz", "localhost:x"],
    ["/healthz", ""],
    ["/healthz", "localhost@evil.example"],
    ["http://evil.example/healthz", "localhost"],
  ])("%j with Host %j is refused before any handler", async (path, host) => {
    const { server, reached } = await door();
    const answer = await raw(
      server.port,
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4(00|04|21)/);
    expect(reached).toEqual([]);
  });
});

describe("the door", () => {
  it("asks who calls before it reads a body: an oversized lie of a stranger is a 401", async () => {
    const refuse = () => {
      throw new ProblemError("licence-refused", "no");
    };
    const { post, reached } = await door({}, { admit: refuse });
    expect(await post("not json")).toMatchObject({ status: 401, body: { code: "licence-refused" } });
    expect(reached).toEqual([]);
  });
  it("hands the caller that admit found to the handler, with the validated body and its defaults", async () => {
    const seen: unknown[] = [];
    const { post } = await door({
      [MEMORY]: ({ admitted, body }) => {
        seen.push(admitted, body);
        return { json: written, status: 201 };
      },
    });
    expect(await post(block, { authorization: "Bearer a.b.c" })).toMatchObject({
      status: 201,
      body: written,
    });
    expect(seen).toEqual(["Bearer a.b.c", { kind: "semantic", text: "x", visibility: "private" }]);
  });
  it("refuses two licences at once", async () => {
    const { server } = await door();
    const auth = "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n";
    const answer = await raw(
      server.port,
      `GET /v1/modules HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${auth}\r\n`,
    );
    expect(answer).toContain("header-duplicate");
  });
  it("puts the decision into the header, the problem and the log line", async () => {
    const { post, lines } = await door({
      [MEMORY]: ({ decided }) => {
        decided(ID);
        throw new ProblemError("level-too-low", "memory.write needs Operator", { missing: ["Operator"] });
      },
    });
    const answer = await post(block);
    expect(answer).toMatchObject({
      status: 403,
      body: { code: "level-too-low", decisionId: ID, missing: ["Operator"] },
    });
    expect(answer.headers["sigil-decision"]).toBe(ID);
    expect(lines.find((line) => line.route === MEMORY)).toMatchObject({
      decision: ID,
      code: "level-too-low",
      status: 403,
    });
  });
  it("explains nothing of an internal failure, and logs all of it under the request id", async () => {
    const { post, lines } = await door({
      [MEMORY]: () => {
        throw new Error("SQLITE_CORRUPT at /home/alice/data");
      },
    });
    const answer = await post(block);
    expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
    expect(JSON.stringify(answer.body)).not.toMatch(/SQLITE|alice/);
    const logged = lines.find((line) => line.msg === "request failed");
    expect(logged).toMatchObject({ requestId: answer.headers["x-request-id"], code: "internal" });
    expect(JSON.stringify(logged)).toContain("SQLITE_CORRUPT");
  });
  it("never logs a licence, a body or a path that a caller wrote", async () => {
    const { send, post, lines } = await door();
    await post('{"kind":"semantic","text":"very private"}', { authorization: "Bearer very.private.licence" });
    await send("GET", "/v1/none/very-private-path");
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.stringify(lines)).not.toMatch(/very.private/);
  });
  it("sends the security headers with every answer, refusals included", async () => {
    const { send } = await door();
    for (const path of ["/healthz", "/none"]) {
      expect((await send("GET", path)).headers).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
      });
    }
  });
  it("says Retry-After where a problem names one", async () => {
    const { post } = await door({
      [MEMORY]: () => {
        throw new ProblemError("queue-full", "4096 records wait", { retryAfter: 3 });
      },
    });
    expect((await post(block)).headers["retry-after"]).toBe("3");
  });
  it("says with every 503 of the problem table when to come back", async () => {
    const codes = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code].status === 503);
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) {
      const { send, post } = await door({
        [MEMORY]: () => {
          throw new ProblemError(code, "not now");
        },
      });
      const { status, headers, body } = await post(block);
      expect([status, body.code, headers["retry-after"]]).toEqual([
        503,
        code,
        expect.stringMatching(/^[1-9]\d?$/),
      ]);
      expect((await send("GET", "/healthz")).headers["retry-after"]).toBeUndefined();
    }
  });
  it("says with a red /readyz when to ask again", async () => {
    const reasons = [{ code: "peer", detail: "away" }];
    const { send } = await door({}, { readiness: () => ({ ready: false, reasons }) });
    const { status, headers } = await send("GET", "/readyz");
    expect([status, headers["retry-after"]]).toEqual([503, "1"]);
  });
  it("takes over a harmless request id and replaces any other", async () => {
    const { send } = await door();
    const id = async (value: string) =>
      (await send("GET", "/healthz", { headers: { "x-request-id": value } })).headers["x-request-id"];
    expect(await id("abcdefgh-1")).toBe("abcdefgh-1");
    expect(await id('x","level":"60')).toMatch(/^[0-9a-f]{24}$/);
  });
});

describe("health", () => {
  it("answers alive, ready and version on the bare process", async () => {
    const { send } = await door();
    expect((await send("GET", "/healthz")).body).toEqual({ status: "ok", service: "sigilderg" });
    expect((await send("GET", "/readyz")).body).toEqual({ ready: true, reasons: [] });
    expect((await send("GET", "/version")).body).toMatchObject({
      service: "sigilderg",
      version: "0.1.0",
      node: process.version,
    });
  });
  it("is 503 with every reason while the service is not ready", async () => {
    const reasons = [{ code: "store-unwritable", detail: "Codex Nexus does not answer" }];
    const { send } = await door({}, { readiness: () => ({ ready: false, reasons }) });
    expect(await send("GET", "/readyz")).toMatchObject({ status: 503, body: { ready: false, reasons } });
  });
});
