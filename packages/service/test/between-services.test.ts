import { createServer } from "node:http";
import { audience, sealRequest } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../src/config/index.ts";
import { peerClient } from "../src/peer.ts";
import { atEnd, clientFor, newService, OWNERS, REGISTRY, running } from "./fixtures.ts";
import { raw } from "./http.ts";

const ID = "01890000-0000-7000-8000-000000000001";
const ctx = { principal: "alice", loa: "Operator", decision: ID } as const;
const query = { order: "asc", limit: 10 } as const;
const QUERY = "codex-nexus POST /v1/records/query";
const page = { json: { records: [], next: null } };

/** A request line, headers and body as they go on the wire. */
function message(path: string, body: string, headers: readonly string[]): string {
  const all = [
    "Host: 127.0.0.1",
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Content-Type: application/json",
    ...headers,
  ];
  return `POST ${path} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n${body}`;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "answered",
    (error: { code: string; problem?: { code: string } }) => error.problem?.code ?? error.code,
  );
}

describe("a sealed call between two running services", () => {
  it("reaches its handler with the proved sender and the authority that SigilDERG passes on", async () => {
    const seen: unknown[] = [];
    const { service } = newService("codex-nexus", {
      [QUERY]: ({ envelope, body }) => {
        seen.push(envelope.iss, envelope.role, envelope.ctx, body);
        return page;
      },
    });
    const client = clientFor((await running(service)).address);
    expect(await client.call(QUERY, { body: query, ctx })).toEqual({ records: [], next: null });
    expect(seen).toEqual(["sigilderg", "sigilderg", ctx, query]);
  });

  it("heals by itself when the service restarts on the same port: a new instance, a new proof, no lost call", async () => {
    const first = newService("codex-nexus", { [QUERY]: () => page });
    const server = await running(first.service);
    const client = clientFor(server.address);
    await client.call(QUERY, { body: query, ctx });
    await server.stop();
    expect(await codeOf(client.call(QUERY, { body: query, ctx }))).toBe("peer-unreachable");
    const second = newService("codex-nexus", { [QUERY]: () => page });
    await running(second.service, server.port);
    expect(await client.call(QUERY, { body: query, ctx })).toEqual({ records: [], next: null });
    expect(await client.prove()).toEqual({ instance: second.service.instance });
    expect(second.service.instance).not.toBe(first.service.instance);
  });

  it("sends nothing to a process that takes the port of a stopped service", async () => {
    const { service } = newService("codex-nexus", { [QUERY]: () => page });
    const server = await running(service);
    const client = clientFor(server.address, "codex-nexus", "sigilderg", 1);
    await client.call(QUERY, { body: query, ctx });
    await server.stop();
    const requests: string[] = [];
    const squatter = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} ${Object.keys(request.headers).join(" ")}`);
      request
        .resume()
        .on("end", () =>
          response.end(JSON.stringify({ service: "codex-nexus", instance: service.instance })),
        );
    });
    await new Promise<void>((resolve) => squatter.listen(server.port, "127.0.0.1", resolve));
    atEnd(() => squatter.close());
    // The end of the old connection arrives; a call that raced it would be told that its fate is unknown.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await codeOf(client.call(QUERY, { body: query, ctx }))).toBe("peer-unproved");
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests)
      expect(request).toMatch(/^GET \/\.well-known\/sigil-instance (?!.*envelope)/);
  });

  it("believes a refusal only with its MAC, and raises it with code, detail and remedy", async () => {
    const { service } = newService("codex-nexus");
    const client = clientFor((await running(service)).address);
    const error = await client
      .request({ method: "POST", path: "/v1/records/query", body: { nonsense: true }, ctx })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "peer-refused", problem: { code: "body-invalid", status: 422 } });
  });

  it("tells a service that is not ready from one that refuses, with every reason that it gives", async () => {
    const reasons = [
      { code: "store-unwritable", detail: "commits fail" },
      { code: "anchor-behind", detail: "12 s" },
    ];
    const { service } = newService(
      "codex-nexus",
      {},
      { readiness: () => ({ ready: reasons.length === 0, reasons }) },
    );
    const client = clientFor((await running(service)).address);
    const asked = () => client.call("codex-nexus GET /readyz" as "mmf GET /readyz");
    await expect(asked()).rejects.toMatchObject({
      code: "peer-not-ready",
      message: "codex-nexus is not ready: store-unwritable: commits fail; anchor-behind: 12 s",
    });
    reasons.splice(0);
    expect(await asked()).toEqual({ ready: true, reasons: [] });
  });

  it("is answered with a MAC even when the route does not exist", async () => {
    const client = clientFor((await running(newService("codex-nexus").service)).address);
    expect(await codeOf(client.request({ method: "GET", path: "/v1/none" }))).toBe("route-unknown");
  });

  it("finds the peer's address in the configuration and its key in the registry", async () => {
    const { service } = newService("codex-nexus", { [QUERY]: () => page });
    const { port } = await running(service);
    const { config } = loadConfig({ home: "/tmp/none", env: {}, flags: [`codex_nexus.port=${port}`] });
    const client = peerClient({
      self: "sigilderg",
      peer: "codex-nexus",
      config,
      keys: { ...OWNERS.sigilderg, registry: REGISTRY },
    });
    atEnd(() => client.close());
    expect(await client.call(QUERY, { body: query, ctx })).toEqual({ records: [], next: null });
  });

  it("keeps many calls at once apart", async () => {
    const { service } = newService("codex-nexus", {
      [QUERY]: async ({ body }) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        return { json: { records: [], next: `n${body.limit}` } };
      },
    });
    const client = clientFor((await running(service)).address, "codex-nexus", "sigilderg", 4);
    const limits = Array.from({ length: 60 }, (_, i) => i + 1);
    const answers = await Promise.all(
      limits.map((limit) => client.call(QUERY, { body: { order: "asc", limit }, ctx })),
    );
    expect(answers.map((answer) => answer.next)).toEqual(limits.map((limit) => `n${limit}`));
  });

  it("carries trace and request id to the peer's log", async () => {
    const { service, lines } = newService("codex-nexus", { [QUERY]: () => page });
    const client = clientFor((await running(service)).address);
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    await client.call(QUERY, { body: query, ctx, traceparent, requestId: "request-0001" });
    expect(lines.find((line) => line.route === QUERY)).toMatchObject({
      requestId: "request-0001",
      traceId: "a".repeat(32),
    });
  });
});

describe("Codex Nexus, spoken to by hand", () => {
  const body = JSON.stringify(query);
  async function target() {
    const { service, reached, lines } = newService("codex-nexus", { [QUERY]: () => page });
    const { port } = await running(service);
    const seal = (change: Partial<Parameters<typeof sealRequest>[0]> = {}) =>
      sealRequest({
        key: OWNERS.sigilderg.service,
        iss: "sigilderg",
        aud: audience("codex-nexus", service.instance),
        method: "POST",
        url: "/v1/records/query",
        contentType: "application/json",
        body: Buffer.from(body),
        now: Date.now(),
        ...change,
      }).header;
    const send = async (headers: readonly string[], sent = body, path = "/v1/records/query") => {
      const answer = await raw(port, message(path, sent, headers));
      return { status: Number(answer.slice(9, 12)), code: /"code":"([a-z-]+)"/.exec(answer)?.[1], answer };
    };
    return { seal, send, reached, lines, service, port };
  }

  it("accepts one envelope once, and refuses its replay", async () => {
    const { seal, send, reached } = await target();
    const header = `Sigil-Envelope: ${seal()}`;
    expect((await send([header])).status).toBe(200);
    expect(await send([header])).toMatchObject({ status: 401, code: "envelope-replayed" });
    expect(reached.length).toBe(1);
  });

  it("refuses a call without an envelope, and answers it without a MAC", async () => {
    const { send, reached } = await target();
    const refused = await send([]);
    expect(refused).toMatchObject({ status: 401, code: "envelope-missing" });
    expect(refused.answer).not.toMatch(/sigil-response/i);
    expect(reached).toEqual([]);
  });

  it.each<[string, string, (seal: () => string) => readonly string[], string?]>([
    [
      "two equal envelopes",
      "envelope-duplicate",
      (seal) => [`Sigil-Envelope: ${seal()}`, `Sigil-Envelope: ${seal()}`],
    ],
    [
      "an empty second envelope",
      "envelope-duplicate",
      (seal) => [`Sigil-Envelope: ${seal()}`, "sigil-envelope:"],
    ],
    [
      "a swapped body",
      "envelope-body",
      (seal) => [`Sigil-Envelope: ${seal()}`],
      '{"order":"asc","limit":99}',
    ],
    [
      "a licence that the envelope does not bind",
      "envelope-licence",
      (seal) => [`Sigil-Envelope: ${seal()}`, "Authorization: Bearer a.b.c"],
    ],
    [
      "a grant that the envelope does not bind",
      "envelope-grant",
      (seal) => [`Sigil-Envelope: ${seal()}`, "Sigil-Grant: a.b"],
    ],
  ])("refuses %s with %s, before any handler", async (_, code, headers, sent) => {
    const { seal, send, reached } = await target();
    expect(await send(headers(seal), sent)).toMatchObject({ code });
    expect(reached).toEqual([]);
  });

  it("refuses an envelope of MMF, of a stranger and for MMF", async () => {
    const { seal, send, reached, service } = await target();
    const mmf = seal({ key: OWNERS.mmf.service, iss: "mmf" });
    const stranger = seal({ key: OWNERS["codex-nexus"].service });
    const forMmf = seal({ aud: audience("mmf", service.instance) });
    const codes = [];
    for (const header of [mmf, stranger, forMmf])
      codes.push((await send([`Sigil-Envelope: ${header}`])).code);
    expect(codes).toEqual(["envelope-role", "envelope-key-unknown", "envelope-audience"]);
    expect(reached).toEqual([]);
  });

  it("waits for no byte of a body from a sender that is not established", async () => {
    const { seal, port, reached } = await target();
    const [head, signature = ""] = seal().split(".");
    const forged = `${head}.${signature.replace(/./, (first) => (first === "A" ? "B" : "A"))}`;
    const codes = [];
    for (const header of ["X: y", `Sigil-Envelope: ${forged}`]) {
      const begun = message("/v1/records/query", body, [header]).slice(0, -1);
      codes.push(/"code":"([a-z-]+)"/.exec(await raw(port, begun))?.[1]);
    }
    expect(codes).toEqual(["envelope-missing", "envelope-signature"]);
    expect(reached).toEqual([]);
  });

  it("refuses the query string that was not sealed", async () => {
    const { seal, send } = await target();
    expect(await send([`Sigil-Envelope: ${seal()}`], body, "/v1/records/query?x=1")).toMatchObject({
      code: "envelope-path",
    });
  });

  it("adds no metric series for what a caller writes into a path", async () => {
    const { seal, port, service } = await target();
    const good = seal();
    const flood = Array.from({ length: 200 }, (_, i) => {
      const path = `/v1/records/query?flood=${i}`;
      return message(path, body, [`Sigil-Envelope: ${good}`]);
    });
    await Promise.all(flood.map((text) => raw(port, text)));
    const { text } = await service.metrics.expose();
    expect(text).not.toContain("flood");
    expect(text).toContain('sigil_problems_total{code="envelope-path",service="codex-nexus"} 200');
  });

  it("answers the challenge only to an enrolled channel key", async () => {
    const { port } = await target();
    const ask = (header: string) =>
      raw(
        port,
        `GET /.well-known/sigil-instance HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n\r\n`,
      );
    expect(await ask(`Sigil-Challenge: AAAAAAAAAAAAAAAAAAAAAA.${"A".repeat(43)}`)).toContain(
      "challenge-key-unknown",
    );
    expect(await ask(`Sigil-Challenge: short.${OWNERS.mmf.channel.kid}`)).toContain("challenge-malformed");
    expect(await ask("X: y")).toContain("challenge-malformed");
    expect(await ask(`Sigil-Challenge: AAAAAAAAAAAAAAAAAAAAAA.${OWNERS.mmf.channel.kid}`)).toMatch(
      /200 OK[\s\S]*sigil-response/i,
    );
  });
});
