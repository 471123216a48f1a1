import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LlmEndpoint } from "@sigil/wire";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ChatEndpoints } from "../../src/clients/llm/chat.ts";
import type { LlmPrompt } from "../../src/domain/llm/endpoint.ts";
import {
  type Behaviour,
  DONE,
  delta,
  finish,
  floods,
  hangs,
  LlmServer,
  says,
  status,
  stream,
  usage,
} from "../llm-server.ts";

const home = mkdtempSync(join(tmpdir(), "sigilderg-llm-"));
const said: object[] = [];
const chat = new ChatEndpoints({ home, said: (line) => said.push(line) });
const prompt: LlmPrompt = { messages: [{ role: "user", content: "Hello?" }], maxTokens: 64, json: false };

let server: LlmServer;
beforeAll(async () => {
  server = await LlmServer.start();
});
beforeEach(() => {
  said.length = 0;
});
afterAll(async () => {
  await server?.close();
  rmSync(home, { recursive: true });
});

const ask = (more: Partial<LlmEndpoint> = {}, asked = prompt, signal = new AbortController().signal) =>
  chat.complete(server.endpoint(more), asked, signal);

async function refusal(behaviour: Behaviour, more: Partial<LlmEndpoint> = {}) {
  server.will(behaviour);
  const error = await ask({ retries: 0, ...more }).then(
    () => undefined,
    (thrown) => thrown,
  );
  return { code: error?.code as string, detail: error?.detail as string };
}

describe("a chat endpoint", () => {
  it("is asked over the OpenAI chat API, streamed, and its words come together", async () => {
    server.will(says("Hel", "lo, ", "Ädа 🦀."));
    const answer = await ask({}, { ...prompt, temperature: 0, seed: 7, stop: ["END"], json: true });
    expect(answer).toMatchObject({
      ...{ text: "Hello, Ädа 🦀.", model: "test-model", finish: "stop" },
      usage: { promptTokens: 11, completionTokens: 3 },
    });
    const [asked] = server.asked;
    expect(asked?.path).toBe("/v1/chat/completions");
    expect(asked?.headers).not.toHaveProperty("authorization");
    expect(asked?.body).toEqual({
      ...{ model: "test-model", messages: prompt.messages, max_tokens: 64, temperature: 0, seed: 7 },
      ...{ stop: ["END"], n: 1, response_format: { type: "json_object" } },
      ...{ stream: true, stream_options: { include_usage: true } },
    });
  });

  it("may answer with one JSON text, byte by byte, with CRLF lines, without usage, [DONE] or a model", async () => {
    const whole = {
      choices: [{ index: 0, message: { role: "assistant", content: "whole" }, finish_reason: "length" }],
    };
    server.will(status(200, { "content-type": "application/json" }, JSON.stringify(whole)));
    expect(await ask()).toMatchObject({ text: "whole", model: "", finish: "length", usage: undefined });
    const bytes = Buffer.from(`${delta("🦀")}${delta("!")}${finish()}`.replaceAll("\n", "\r\n"));
    server.will(stream(...Array.from(bytes, (byte) => Uint8Array.of(byte))));
    expect(await ask()).toMatchObject({ text: "🦀!", usage: undefined });
  });

  it("gets its key from the file of its address, and a key that it repeats is in no answer", async () => {
    const { port } = new URL(server.base);
    mkdirSync(join(home, "secrets/llm"), { recursive: true });
    const file = join(home, "secrets/llm", `127.0.0.1_${port}.key`);
    writeFileSync(file, "sk-not-a-real-key\n", { mode: 0o600 });
    server.will(says("You sent sk-not-", "a-real-key."));
    expect((await ask({ auth: "bearer" })).text).toBe("You sent [redacted:endpoint-key].");
    expect(server.asked[0]?.headers.authorization).toBe("Bearer sk-not-a-real-key");
    chmodSync(file, 0o644);
    expect((await refusal(says("x"), { auth: "bearer" })).code).toBe("llm-key-missing");
    writeFileSync(file, "two\nlines");
    chmodSync(file, 0o600);
    expect((await refusal(says("x"), { auth: "bearer" })).code).toBe("llm-key-missing");
    rmSync(file);
    const { code, detail } = await refusal(says("x"), { auth: "bearer" });
    expect([code, detail.includes(home), server.asked.length]).toEqual(["llm-key-missing", false, 0]);
    expect(JSON.stringify(said)).toContain(file);
    expect(JSON.stringify(said)).not.toContain("sk-not");
  });
});

describe("an answer that is none", () => {
  const TYPE = { "content-type": "text/event-stream" };
  const toolCall = delta("", { delta: { tool_calls: [{ id: "1", function: { name: "rm" } }] } });
  const ANSWERS: [string, string, Behaviour][] = [
    ["another content type", "llm-malformed", status(200, { "content-type": "text/html" }, "<html>")],
    ["no content type", "llm-malformed", status(200, {}, delta("x"))],
    ["a packed body", "llm-malformed", status(200, { ...TYPE, "content-encoding": "gzip" }, "x")],
    ["invalid UTF-8", "llm-malformed", stream(delta("ok"), Uint8Array.of(0x64, 0xff, 0xfe))],
    ["UTF-8 that breaks off", "llm-malformed", stream(Uint8Array.of(0x64, 0xf0, 0x9f))],
    ["no JSON", "llm-malformed", stream("data: {nope}\n\n")],
    ["a deep JSON bomb", "llm-malformed", stream(`data: ${"[".repeat(30_000)}\n\n`)],
    ["duplicate keys", "llm-malformed", stream('data: {"choices":[],"choices":[]}\n\n')],
    ["a key of the prototype", "llm-malformed", stream('data: {"__proto__":{"choices":[]}}\n\n')],
    ["words that are no text", "llm-malformed", stream(delta("", { delta: { content: 7 } }))],
    ["duplicated choices", "llm-malformed", stream(`data: {"choices":[{"index":0},{"index":1}]}\n\n`, DONE)],
    ["another choice", "llm-malformed", stream(delta("x", { index: 1 }), finish(), DONE)],
    ["a second end", "llm-malformed", stream(delta("x"), finish(), finish(), DONE)],
    ["words after the end", "llm-malformed", stream(delta("x"), finish(), delta("y"), DONE)],
    ["a tool call", "llm-malformed", stream(toolCall, finish("tool_calls"), DONE)],
    ["an end by a tool call", "llm-malformed", stream(delta("x"), finish("tool_calls"), DONE)],
    ["an early close", "llm-malformed", stream(delta("half of it"))],
    ["[DONE] without an end", "llm-malformed", stream(delta("half of it"), DONE)],
    ["nothing", "llm-malformed", stream()],
    ["an error within", "llm-failed", stream(delta("x"), 'data: {"error":{"message":"sk-leak"}}\n\n')],
    ["a refusal", "llm-refused", stream(delta("", { delta: { refusal: "no" } }), finish(), DONE)],
    ["a filter", "llm-refused", stream(delta("x"), finish("content_filter"), DONE)],
    ["a line without end", "llm-too-large", floods("x".repeat(65_536))],
    ["an event without end", "llm-too-large", floods(`data: ${"x".repeat(30_000)}\n`)],
    ["comments without end", "llm-too-large", floods(`: ${"x".repeat(60_000)}\n\n`)],
    ["words without end", "llm-too-large", floods(delta("x".repeat(30_000)))],
    ["a whole text without end", "llm-too-large", floodsJson("x".repeat(65_536))],
    ["a redirect", "llm-redirected", status(302, { location: "http://169.254.169.254/latest/meta-data/" })],
    ["a redirect that keeps the body", "llm-redirected", status(307, { location: "/v1/chat/completions" })],
    ["401", "llm-refused", status(401, {}, '{"error":"Incorrect API key provided: sk-leak"}')],
    ["404", "llm-refused", status(404)],
    ["204", "llm-refused", status(204)],
    ["500", "llm-failed", status(500, {}, "sk-leak")],
    ["429", "llm-rate-limited", status(429)],
    [
      "a head without end",
      "llm-unreachable",
      (response) => void response.writeHead(200, { x: "y".repeat(20_000) }).end(),
    ],
  ];
  it.each(ANSWERS)("an answer with %s is %s", async (_, expected, behaviour) => {
    const { code, detail } = await refusal(behaviour);
    expect(code).toBe(expected);
    // Nothing that an endpoint says reaches the module or the log, whatever it is.
    expect(detail + JSON.stringify(said)).not.toContain("sk-leak");
  });

  it("ends with its connection: the endpoint sees it close", async () => {
    server.will(floods(delta("x".repeat(30_000))));
    await expect(ask({ retries: 0 })).rejects.toMatchObject({ code: "llm-too-large" });
    await server.asked[0]?.gone;
  });
});

/** A whole JSON answer that does not end. */
function floodsJson(piece: string): Behaviour {
  return async (response, asked) => {
    const { writeHead } = response;
    response.writeHead = ((code: number) =>
      writeHead.call(response, code, { "content-type": "application/json" })) as typeof writeHead;
    await floods(piece)(response, asked);
  };
}

describe("an endpoint that takes too long", () => {
  const SLOW: [string, Behaviour, Partial<LlmEndpoint>, string][] = [
    ["to begin", (_, { gone }) => gone, { connect_ms: 500, first_token_ms: 100 }, "first_token_ms"],
    ["after its head", hangs(), { connect_ms: 500, first_token_ms: 100 }, "first_token_ms"],
    ["between two tokens", hangs(delta("x")), { between_tokens_ms: 100 }, "between_tokens_ms"],
    [
      "with signs of life alone",
      floods(": alive\n\n", 10),
      { connect_ms: 500, first_token_ms: 100 },
      "first_token_ms",
    ],
    ["as a whole", floods(delta("x"), 10), { whole_ms: 200 }, "whole_ms"],
    ["before it may be asked again", status(429, { "retry-after": "3600" }), { retries: 2 }, "429"],
  ];
  it.each(SLOW)("%s is named, and its connection is closed", async (_, behaviour, more, named) => {
    const { code, detail } = await refusal(behaviour, more);
    expect(code).toBe(named === "429" ? "llm-rate-limited" : "llm-timeout");
    expect(detail).toContain(named);
    // Not asked again; a machine that is busy may not have let it be asked at all.
    expect(server.asked.length).toBeLessThanOrEqual(1);
    await server.asked[0]?.gone;
  });

  it("is left when the run ends: the endpoint sees the connection close, and the code says why", async () => {
    const run = new AbortController();
    server.will(hangs(delta("x")));
    const answer = ask({}, prompt, run.signal);
    await expect.poll(() => server.asked.length, { timeout: 10_000 }).toBe(1);
    run.abort();
    await expect(answer).rejects.toMatchObject({ code: "run-cancelled" });
    await server.asked[0]?.gone;
  });
});

describe("an attempt is repeated", () => {
  it("after 429 and 5xx, as long after as Retry-After says, and as often as is configured", async () => {
    server.will(status(429, { "retry-after": "0" }), status(503, { "retry-after": "0" }), says("at last"));
    expect((await ask({ retries: 2 })).text).toBe("at last");
    expect(server.asked).toHaveLength(3);
    server.will(status(503, { "retry-after": new Date(0).toUTCString() }));
    await expect(ask({ retries: 1 })).rejects.toMatchObject({ code: "llm-failed" });
    expect(server.asked).toHaveLength(2);
  });

  it("after a connection that broke before an answer began", async () => {
    server.will((response) => void response.destroy(), says("again"));
    expect((await ask({ retries: 1 })).text).toBe("again");
  });

  it.each<[string, Behaviour, string]>([
    ["a refusal", status(400), "llm-refused"],
    ["an answer that broke off", stream(delta("half")), "llm-malformed"],
    ["a redirect", status(308, { location: "/" }), "llm-redirected"],
  ])("never after %s", async (_, behaviour, code) => {
    server.will(behaviour);
    await expect(ask({ retries: 5 })).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(1);
  });

  it("not without end: a port where nobody listens is llm-unreachable", async () => {
    const gone = await LlmServer.start();
    const endpoint = gone.endpoint({ retries: 1 });
    await gone.close();
    const answer = chat.complete(endpoint, prompt, new AbortController().signal);
    await expect(answer).rejects.toMatchObject({ code: "llm-unreachable" });
  });
});

describe("usage that is no count", () => {
  it.each([
    [-1, 1],
    [1.5, 1],
    ["7", 1],
    [1e300, 1],
    [undefined, undefined],
  ])("%j and %j counts as none", async (p, c) => {
    server.will(stream(delta("x"), finish(), usage(p, c), DONE));
    expect((await ask()).usage).toBeUndefined();
  });
});
