import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { newService, running } from "./fixtures.ts";
import { raw } from "./http.ts";

// Bytes on a socket that no well-meaning client writes.

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

async function scene(timeouts?: Parameters<typeof running>[2]) {
  const { service, lines, reached } = newService("sigilderg");
  const { port } = await running(service, 0, timeouts);
  return { port, lines, reached };
}

const post = (headers: string, body = "") =>
  `POST /v1/memory HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const LOCAL = "Host: 127.0.0.1";
const BLOCK = '{"kind":"semantic","text":"x"}';

describe("two readings of one request", () => {
  it.each<[string, string, string]>([
    ["two Host headers", `${LOCAL}\r\nHost: evil.example\r\nContent-Length: 30`, BLOCK],
    ["two lengths that differ", `${LOCAL}\r\nContent-Length: 30\r\nContent-Length: 5`, BLOCK],
    ["two lengths that agree", `${LOCAL}\r\nContent-Length: 30\r\nContent-Length: 30`, BLOCK],
    [
      "a length and chunks",
      `${LOCAL}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`,
      `1e\r\n${BLOCK}\r\n0\r\n\r\n`,
    ],
    ["chunks under another name", `${LOCAL}\r\nTransfer-Encoding: xchunked`, `1e\r\n${BLOCK}\r\n0\r\n\r\n`],
    ["a signed length", `${LOCAL}\r\nContent-Length: +30`, BLOCK],
    ["a folded header", `${LOCAL}\r\nContent-Length: 30\r\nX-A: b\r\n Authorization: Bearer x`, BLOCK],
    ["a space before the colon", `${LOCAL}\r\nContent-Length : 30`, BLOCK],
    ["a bare line feed", `${LOCAL}\nContent-Length: 30`, BLOCK],
    ["a NUL in a header", `${LOCAL}\r\nContent-Length: 30\r\nX-A: b\0c`, BLOCK],
    ["two content types", `${LOCAL}\r\nContent-Length: 30\r\nContent-Type: text/plain`, BLOCK],
    [
      "two licences",
      `${LOCAL}\r\nContent-Length: 30\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b`,
      BLOCK,
    ],
    ["no Host", "Content-Length: 30", BLOCK],
  ])("%s is refused, and no handler sees it", async (_, headers, body) => {
    const { port, reached } = await scene();
    const answer = await raw(port, post(headers, body));
    expect(statusOf(answer)).toBe(400);
    expect(reached).toEqual([]);
  });

  it("what follows a refused body is never read as a request of its own", async () => {
    const { port, lines } = await scene();
    const smuggled = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const both = `${LOCAL}\r\nContent-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked`;
    const answer = await raw(port, post(both, smuggled));
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 400"]);
    expect(lines.filter(({ route }) => String(route).includes("/healthz"))).toEqual([]);
  });
});

describe("a target that is no path is answered with a problem", () => {
  const ask = (target: string, host = "127.0.0.1") =>
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  it.each<[string, string, number, string]>([
    ["a backslash in its path", ask("/v1\\memory"), 400, "path-not-canonical"],
    ["a backslash in front", ask("\\v1/memory"), 400, "request-malformed"],
    ["no slash in front", ask("v1/memory"), 400, "request-malformed"],
    ["no HTTP at all", "\u0016\u0003\u0001\r\n\r\n", 400, "request-malformed"],
    ["a head of 20 KiB", ask(`/${"x".repeat(20_480)}`), 431, "head-too-large"],
    ["an asterisk", ask("*"), 400, "path-not-canonical"],
    ["another scheme", ask("file:///etc/passwd"), 400, "path-not-canonical"],
    ["an absolute form that is no address", ask("http://[v1/memory"), 400, "path-not-canonical"],
    ["a Host that is no name", ask("/healthz", "a b"), 421, "host-refused"],
    ["a Host with a path", ask("/healthz", "127.0.0.1/x"), 421, "host-refused"],
  ])("%s: under its own code, with the security headers", async (_, request, status, code) => {
    const { port, lines, reached } = await scene();
    const answer = await raw(port, request);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect([statusOf(answer), JSON.parse(body).code]).toEqual([status, code]);
    expect(head).toMatch(/content-type: application\/problem\+json/i);
    expect(head).toMatch(/x-content-type-options: nosniff/i);
    expect(lines.at(-1)).toMatchObject({ route: "unmatched", code, status });
    expect(reached).toEqual([]);
  });
});

describe("a caller that takes its time", () => {
  const QUICK = { headersMs: 300, requestMs: 600, checkMs: 50 };
  const closed = (port: number, start: string, drip: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      open.push(socket);
      let answer = "";
      const timer = setInterval(() => socket.write(drip), 50);
      socket.on("data", (chunk) => (answer += chunk.toString("latin1"))).on("error", () => {});
      socket.on("close", () => {
        clearInterval(timer);
        resolve(answer);
      });
      socket.write(start);
    });

  it("with its headers is cut off with 408, and others are served meanwhile", async () => {
    const { port, reached } = await scene(QUICK);
    const slow = closed(port, "POST /v1/memory HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-A: b\r\n");
    const other = await raw(port, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    expect([statusOf(other), statusOf(await slow)]).toEqual([200, 408]);
    expect(await slow).toContain('"code":"request-timeout"');
    expect(reached).toEqual([]);
  });

  it("with its body is cut off with 408, and no handler sees what came of it", async () => {
    const { port, reached } = await scene(QUICK);
    const answer = await closed(port, post(`${LOCAL}\r\nContent-Length: 100000`, '{"text":"'), "x");
    expect(statusOf(answer)).toBe(408);
    expect(reached).toEqual([]);
  });
});

describe("text of a caller in the log", () => {
  it("is not there, and so forges no line, whether it stands in a header, a path or a query", async () => {
    const { port, lines } = await scene();
    const forged = '%0a{"level":60,"msg":"forged"}';
    const control = "\u001b[2J\u2028\u2029";
    const requests = [
      `GET /${forged} HTTP/1.1\r\n${LOCAL}\r\n`,
      `GET /healthz?a=${forged} HTTP/1.1\r\n${LOCAL}\r\n`,
      `GET /healthz HTTP/1.1\r\n${LOCAL}\r\nX-Request-Id: a\\n{"msg":"forged"}\r\n`,
      `GET /healthz HTTP/1.1\r\n${LOCAL}\r\nTraceparent: 00-{"msg":"forged"}\r\n`,
      `GET /healthz HTTP/1.1\r\nHost: {"msg":"forged"}${control}\r\n`,
    ];
    for (const request of requests) await raw(port, `${request}Connection: close\r\n\r\n`);
    expect(lines.length).toBeGreaterThan(3);
    expect(JSON.stringify(lines)).not.toContain("forged");
  });
});
