import { ProblemError } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { newService, running } from "./fixtures.ts";
import { type Answer, raw, send } from "./http.ts";

// A plain Host is answered at once, and one in brackets by way of Hono: nothing but that may differ.
const PLAIN = "127.0.0.1";
const ROUTED = "[::1]";

async function door() {
  const scene = newService(
    "sigilderg",
    {
      "sigilderg GET /v1/trust": ({ admitted }) => {
        if (admitted === "Bearer broken") throw new Error("a secret of the inside");
        if (admitted === "Bearer denied") throw new ProblemError("not-found", "not for you");
        return { json: { é: admitted } as never, headers: { "x-own": "1" } };
      },
      "sigilderg POST /v1/memory": ({ body }) => ({ status: 201, json: body as never }),
    },
    {
      admit: ({ header, charged, decided }) => {
        const who = header("authorization");
        if (who === undefined) throw new ProblemError("licence-refused", "no licence");
        decided("0193f0a0-0000-7000-8000-000000000000");
        charged({
          policy: "read",
          quota: 9,
          window: 60,
          allowed: who !== "Bearer busy",
          remaining: 8,
          seconds: 1,
        });
        return who;
      },
    },
  );
  const { address, port } = await running(scene.service);
  return { ...scene, address, port };
}

/** What of an answer is the same for the same question. */
function shown({ status, headers, text }: Answer) {
  const { date: _, "x-request-id": id, ...rest } = headers;
  expect(id).toMatch(/^[0-9a-f]{24}$|^asked-for$/);
  return { status, headers: rest, text };
}

describe("a request to a plain path", () => {
  it.each<[string, string, Record<string, string>, number]>([
    ["is served", "/v1/trust", { authorization: "Bearer alice" }, 200],
    ["with a trace and a request id", "/v1/trust", { authorization: "x", "x-request-id": "asked-for" }, 200],
    ["without a licence", "/v1/trust", {}, 401],
    ["that its handler refuses", "/v1/trust", { authorization: "Bearer denied" }, 404],
    ["that its handler breaks", "/v1/trust", { authorization: "Bearer broken" }, 500],
    ["of a caller who asks too often", "/v1/trust", { authorization: "Bearer busy" }, 429],
    ["with a parameter that it does not take", "/v1/trust?x=1", { authorization: "x" }, 400],
    ["with a body", "/v1/trust", { authorization: "x", "content-length": "1" }, 400],
    ["of health", "/healthz", {}, 200],
  ])(
    "%s is answered as it is by way of the router: status, headers and text",
    async (_, path, headers, status) => {
      const { address } = await door();
      const ask = (host: string) => {
        const body = headers["content-length"] === undefined ? {} : { body: "x" };
        return send(`${address}${path}`, { headers: { ...headers, host }, ...body });
      };
      const direct = shown(await ask(PLAIN));
      expect(direct.status).toBe(status);
      expect(direct).toEqual(shown(await ask(ROUTED)));
    },
  );

  it.each<[string, Record<string, string>, string, number]>([
    ["that is read", {}, '{"kind":"semantic","text":"x"}', 201],
    ["of another shape", {}, "[]", 422],
    ["that is no JSON", {}, "{", 400],
    ["of another type", { "content-type": "text/plain" }, "x", 415],
    ["larger than its route allows", {}, `"${"x".repeat(600_000)}"`, 413],
    ["without a licence, unread", { authorization: "" }, `"${"x".repeat(100_000)}"`, 401],
  ])("a body %s is answered as it is by way of the router", async (_, headers, body, status) => {
    const { address } = await door();
    const given = { "content-type": "application/json", authorization: "Bearer alice", ...headers };
    const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
    const ask = (host: string) =>
      send(`${address}/v1/memory`, { method: "POST", headers: { ...kept, host }, body });
    const direct = shown(await ask(PLAIN));
    expect(direct.status).toBe(status);
    expect(direct).toEqual(shown(await ask(ROUTED)));
  });

  it("ends the connection of a caller who goes on sending a body that was refused", async () => {
    const { port } = await door();
    const head = "POST /v1/memory HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n";
    const answer = await raw(port, head);
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it("leaves the same line in the log, and the same numbers", async () => {
    const { address, lines, service } = await door();
    for (const host of [PLAIN, ROUTED])
      await send(`${address}/v1/trust`, { headers: { host, authorization: "Bearer alice" } });
    const [direct, routed] = lines
      .filter(({ msg }) => msg === "request")
      .map((line) => ({ ...line, requestId: "r", traceId: "t", time: "now", ms: typeof line.ms }));
    expect(direct).toEqual(routed);
    expect(direct).toMatchObject({ route: "sigilderg GET /v1/trust", method: "GET", status: 200, level: 30 });
    const { text } = await service.metrics.expose();
    expect(text).toMatch(
      /^sigil_http_requests_total\{route="sigilderg GET \/v1\/trust",status="2xx",.*\} 2$/m,
    );
    expect(text).toMatch(
      /^sigil_http_request_duration_seconds_bucket\{le="\+Inf",route="sigilderg GET \/v1\/trust",.*\} 2$/m,
    );
    expect(text).toMatch(
      /^sigil_http_request_duration_seconds_count\{route="sigilderg GET \/v1\/trust",.*\} 2$/m,
    );
  });

  it("keeps the connection, and answers what follows on it in order", async () => {
    const { port } = await door();
    const one = (more: string) => `GET /v1/trust HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${more}\r\n`;
    const answer = await raw(port, `${one("a")}\r\n${one("b")}\r\n${one("c")}Connection: close\r\n\r\n`);
    expect([...answer.matchAll(/":"([abc])"\}/g)].map(([, who]) => who)).toEqual(["a", "b", "c"]);
  });

  it.each(["/v1/trust/", "//v1/trust", "/v1/./trust", "/v1%2Ftrust", "/V1/trust", "/v1/trust%00"])(
    "is of that path alone: %s is no way to it",
    async (path) => {
      const { port, reached } = await door();
      const answer = await raw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: a\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
      expect(reached).toEqual([]);
    },
  );
});
