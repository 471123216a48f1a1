import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type LlmEndpoint, llmEndpoint } from "@sigil/wire";

/** One request as the server read it. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly body: any;
  /** Resolves when the connection of the request is gone before its answer was. */
  readonly gone: Promise<void>;
}

export type Behaviour = (response: ServerResponse, asked: Asked) => Promise<void> | void;

/** A chunk of a streamed answer. */
export const delta = (content: string, more: object = {}) =>
  `data: ${JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "test-model",
    choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }],
  })}\n\n`;

export const finish = (reason = "stop") => delta("", { delta: {}, finish_reason: reason });
export const usage = (prompt: unknown, completion: unknown) =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion } })}\n\n`;
export const DONE = "data: [DONE]\n\n";

/** Answers with these pieces of a stream, each written by itself. */
export const stream =
  (...pieces: readonly (string | Uint8Array)[]): Behaviour =>
  async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const piece of pieces) response.write(piece);
    response.end();
  };

/** Answers as a server should: the words one by one, usage, the end. */
export const says = (...words: readonly string[]): Behaviour =>
  stream(": keep-alive\n\n", ...words.map((word) => delta(word)), finish(), usage(11, words.length), DONE);

export const status =
  (code: number, headers: Record<string, string> = {}, body = "{}"): Behaviour =>
  (response) => {
    response.writeHead(code, headers).end(body);
  };

/** Begins an answer and then does nothing more. */
export const hangs =
  (...pieces: readonly string[]): Behaviour =>
  async (response, { gone }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    for (const piece of pieces) response.write(piece);
    await gone;
  };

/** Writes the same piece for ever, as fast as it is taken, or once in so many milliseconds. */
export const floods =
  (piece: string, everyMs = 0): Behaviour =>
  async (response, { gone }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let on = true;
    void gone.then(() => {
      on = false;
    });
    while (on) {
      if (!response.write(piece)) await Promise.race([once(response, "drain"), gone]);
      if (everyMs > 0) await sleep(everyMs);
      else await new Promise(setImmediate);
    }
  };

/** A server that speaks the OpenAI chat API over real sockets, and misbehaves as it is told. */
export class LlmServer {
  readonly asked: Asked[] = [];
  /** What the next requests get, in this order; the last goes on. */
  behaviours: Behaviour[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  base = "";

  static async start(): Promise<LlmServer> {
    const server = new LlmServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    server.base = `http://127.0.0.1:${(server.#server.address() as { port: number }).port}/v1`;
    return server;
  }

  /** From here on the server behaves so, and remembers only what it is asked from here on. */
  will(...behaviours: readonly Behaviour[]): void {
    this.behaviours = [...behaviours];
    this.asked.length = 0;
  }

  endpoint(more: Partial<LlmEndpoint> = {}): LlmEndpoint {
    return llmEndpoint.parse({ name: "local", base: this.base, model: "test-model", ...more });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    let text = "";
    for await (const chunk of request) text += chunk;
    const gone = new Promise<void>((resolve) => response.once("close", resolve));
    const { url = "", headers } = request;
    const asked = { path: url, headers, text, body: JSON.parse(text), gone };
    this.asked.push(asked);
    const behave = this.behaviours.length > 1 ? this.behaviours.shift() : this.behaviours[0];
    await behave?.(response, asked);
  }
}
