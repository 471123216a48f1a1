import { describe, expect, it } from "vitest";
import { codeRejectedBy } from "./fixtures.ts";
import { clientOf, http, rawServer } from "./peers.ts";

const SECRET = "the text of a memory block";
const write = {
  method: "POST",
  path: "/v1/records",
  body: { text: SECRET },
  grant: "aaaa.bbbb",
  idem: "k",
} as const;

describe("a process that squats on the store's port", () => {
  it.each<[string, () => string | undefined]>([
    [
      "answers the challenge without a MAC",
      () => http(200, '{"service":"codex-nexus","instance":"AAAAAAAAAAAAAAAAAAAAAA"}'),
    ],
    [
      "answers the challenge with a MAC that it cannot make",
      () => http(200, "{}", { "sigil-response": "A".repeat(43) }),
    ],
    ["refuses the challenge and asks to retry", () => http(409, '{"code":"stale-instance"}')],
    ["redirects", () => http(307, "", { location: "http://127.0.0.1:1/" })],
    ["speaks no HTTP", () => "SSH-2.0-OpenSSH\r\n"],
  ])("receives no body, no envelope and no grant when it %s", async (_, answer) => {
    const squatter = await rawServer(answer);
    const code = await codeRejectedBy(clientOf(squatter.port).request(write));
    expect(["peer-unproved", "peer-response-invalid"]).toContain(code);
    expect(squatter.seen.bytes).toMatch(/^GET \/\.well-known\/sigil-instance HTTP\/1\.1\r\n/);
    expect(squatter.seen.bytes).not.toMatch(/POST|envelope|grant|memory block/i);
  });

  it("receives no body when it accepts and never answers: peer-timeout", async () => {
    const squatter = await rawServer(() => undefined);
    expect(await codeRejectedBy(clientOf(squatter.port).request({ ...write, timeoutMs: 100 }))).toBe(
      "peer-timeout",
    );
    expect(squatter.seen.bytes).not.toContain("POST");
  });

  it("receives no body when it answers with an endless body", async () => {
    const squatter = await rawServer(
      () =>
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"4000\r\n".concat("x".repeat(0x4000), "\r\n").repeat(2200)}`,
    );
    const code = await codeRejectedBy(clientOf(squatter.port).request({ ...write, timeoutMs: 5_000 }));
    expect(code).toBe("peer-response-invalid");
    expect(squatter.seen.bytes).not.toContain("POST");
  });

  it("receives no body when it closes every connection: peer-unreachable", async () => {
    const squatter = await rawServer((_, socket) => {
      socket.destroy();
      return undefined;
    });
    expect(await codeRejectedBy(clientOf(squatter.port).request(write))).toBe("peer-unreachable");
    expect(squatter.seen.bytes).not.toContain("POST");
  });
});

describe("the client between services", () => {
  it("says peer-unreachable when nothing listens", async () => {
    const gone = await rawServer(() => undefined);
    await gone.close();
    expect(await codeRejectedBy(clientOf(gone.port).request(write))).toBe("peer-unreachable");
  });

  it("says peer-aborted when the caller gives up, also while it waits for a free connection", async () => {
    const slow = await rawServer(() => undefined);
    const client = clientOf(slow.port);
    const abort = new AbortController();
    const first = codeRejectedBy(client.request({ ...write, signal: abort.signal }));
    const second = codeRejectedBy(client.request({ ...write, signal: abort.signal }));
    setTimeout(() => abort.abort(), 50);
    expect(await Promise.all([first, second])).toEqual(["peer-aborted", "peer-aborted"]);
    expect(slow.seen.connections).toBe(1);
  });

  it("opens no more connections than it may", async () => {
    const slow = await rawServer(() => undefined);
    const client = clientOf(slow.port, undefined, 3);
    const calls = Array.from({ length: 10 }, () =>
      codeRejectedBy(client.request({ ...write, timeoutMs: 200 })),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(slow.seen.connections).toBe(3);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["peer-timeout"]));
  });

  it("refuses new and waiting requests once it is closed: client-closed", async () => {
    const slow = await rawServer(() => undefined);
    const client = clientOf(slow.port);
    const running = codeRejectedBy(client.request({ ...write, timeoutMs: 300 }));
    const waiting = codeRejectedBy(client.request(write));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = client.close();
    expect(await waiting).toBe("client-closed");
    expect(await codeRejectedBy(client.request(write))).toBe("client-closed");
    expect(await running).toBe("peer-timeout");
    await closing;
  });
});
