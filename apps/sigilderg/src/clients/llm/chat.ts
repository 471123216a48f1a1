import { setTimeout as sleep } from "node:timers/promises";
import { sha256, toHex, utf8 } from "@sigil/crypto";
import { modelKeyFile, readModelKey, ServiceError } from "@sigil/service";
import { isLoopbackBase, type LlmEndpoint, ProblemError } from "@sigil/wire";
import { Agent, type Dispatcher, request } from "undici";
import type { LlmAnswer, LlmClient, LlmPrompt } from "../../domain/llm/endpoint.ts";
import { guardedLookup } from "./address.ts";
import { readAnswer } from "./read.ts";
import { Waits } from "./waits.ts";

/** The first wait between attempts, doubled for each; with half of it drawn, so that many do not come back at once. Milliseconds. */
const BACKOFF_MS = 250;
const MAX_HEAD = 16 * 1024;

/** What is said of a failure beside its problem, for the operator. Never a prompt, an answer or a key. */
export type Said = (line: { endpoint: string; code: string; detail: string; cause?: string }) => void;

/** One attempt that came to nothing and may be repeated, after the time that the endpoint asks for. */
class Repeatable extends Error {
  readonly problem: ProblemError;
  readonly afterMs: number | undefined;
  constructor(problem: ProblemError, afterMs?: number) {
    super(problem.message);
    this.problem = problem;
    this.afterMs = afterMs;
  }
}

/**
 * The OpenAI-compatible chat API of an endpoint over HTTP/1.1: `POST {base}/chat/completions`, streamed. A connection for each
 * call, so that ending it ends the work there. Nothing follows a redirect, no proxy of the environment is asked, nothing is
 * unpacked, and every wait and every size has a bound.
 */
export class ChatEndpoints implements LlmClient {
  readonly #home: string;
  readonly #said: Said;

  constructor(parts: { readonly home: string; readonly said: Said }) {
    this.#home = parts.home;
    this.#said = parts.said;
  }

  async complete(endpoint: LlmEndpoint, prompt: LlmPrompt, signal: AbortSignal): Promise<LlmAnswer> {
    const waits = new Waits(endpoint.whole_ms);
    const over = AbortSignal.any([signal, waits.signal]);
    try {
      const key = endpoint.auth === "bearer" ? keyOf(this.#home, endpoint.base) : undefined;
      const answer = await this.#attempts(endpoint, bodyOf(endpoint, prompt), key, waits, over);
      // An endpoint that repeats the key it was shown puts it into no record.
      return key === undefined
        ? answer
        : { ...answer, text: answer.text.replaceAll(key, "[redacted:endpoint-key]") };
    } catch (error) {
      throw this.#failure(endpoint, error, signal, waits);
    } finally {
      waits.end();
    }
  }

  #failure(endpoint: LlmEndpoint, error: unknown, stopped: AbortSignal, waits: Waits): ProblemError {
    if (stopped.aborted)
      return new ProblemError("run-cancelled", "the run ended before the model had answered");
    const found: unknown = waits.signal.aborted ? waits.signal.reason : error;
    const problem =
      found instanceof ProblemError
        ? found
        : new ProblemError("llm-malformed", "it broke off before its end", { cause: error });
    const { cause } = problem.extras;
    this.#said({
      ...{ endpoint: endpoint.name, code: problem.code, detail: problem.detail },
      ...(cause instanceof Error ? { cause: cause.message } : {}),
    });
    return problem;
  }

  async #attempts(
    endpoint: LlmEndpoint,
    body: string,
    key: string | undefined,
    waits: Waits,
    over: AbortSignal,
  ): Promise<LlmAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(endpoint, body, key, waits, over);
      } catch (error) {
        if (!(error instanceof Repeatable)) throw error;
        const { problem, afterMs } = error;
        const pause = afterMs ?? BACKOFF_MS * 2 ** attempt * (0.5 + Math.random() / 2);
        if (attempt >= endpoint.retries || pause >= waits.left) throw problem;
        waits.calm();
        await sleep(pause, undefined, { signal: over });
      }
    }
  }

  async #attempt(
    endpoint: LlmEndpoint,
    body: string,
    key: string | undefined,
    waits: Waits,
    over: AbortSignal,
  ): Promise<LlmAnswer> {
    const { base, connect_ms, first_token_ms, between_tokens_ms } = endpoint;
    const agent = new Agent({
      ...{ connections: 1, pipelining: 1, allowH2: false, maxHeaderSize: MAX_HEAD },
      // The waits end what takes too long, by what the endpoint is configured with.
      ...{ headersTimeout: 0, bodyTimeout: 0 },
      connect: {
        timeout: connect_ms,
        lookup: guardedLookup(isLoopbackBase(base) ? "loopback" : "elsewhere"),
      },
    });
    try {
      waits.next(connect_ms + first_token_ms, "no answer began (connect_ms and first_token_ms)");
      const { statusCode, headers, body: stream } = await send(agent, base, body, key, over);
      stream.on("error", () => {});
      requireAnswer(statusCode, headers);
      return await readAnswer({
        contentType: one(headers["content-type"]),
        chunks: stream,
        request: `sha256:${toHex(sha256(utf8(body)))}`,
        came: () => waits.next(between_tokens_ms, "no further token came (between_tokens_ms)"),
      });
    } finally {
      await agent.destroy();
    }
  }
}

/** @throws ProblemError `llm-key-missing`, whose cause names the file and what is wrong with it */
function keyOf(home: string, base: string): string {
  try {
    return readModelKey(modelKeyFile(home, base));
  } catch (cause) {
    if (!(cause instanceof ServiceError)) throw cause;
    throw new ProblemError("llm-key-missing", "the key of the endpoint cannot be read", { cause });
  }
}

function bodyOf({ model }: LlmEndpoint, prompt: LlmPrompt): string {
  const { messages, maxTokens, temperature, seed, stop, json } = prompt;
  return JSON.stringify({
    ...{ model, messages, max_tokens: maxTokens, temperature, seed, stop, n: 1 },
    ...(json ? { response_format: { type: "json_object" } } : {}),
    ...{ stream: true, stream_options: { include_usage: true } },
  });
}

async function send(
  agent: Agent,
  base: string,
  body: string,
  key: string | undefined,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const headers = {
    "content-type": "application/json",
    accept: "text/event-stream",
    "accept-encoding": "identity",
    "user-agent": "sigil",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  try {
    const url = `${base.replace(/\/$/, "")}/chat/completions`;
    return await request(url, { method: "POST", dispatcher: agent, headers, body, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    if ((cause as { code?: unknown }).code === "UND_ERR_CONNECT_TIMEOUT")
      throw new Repeatable(new ProblemError("llm-timeout", "no connection within connect_ms", { cause }));
    throw new Repeatable(
      new ProblemError("llm-unreachable", "no connection to the endpoint held", { cause }),
    );
  }
}

/** @throws Repeatable for 429 and 5xx; ProblemError for everything else that is no answer */
function requireAnswer(status: number, headers: Dispatcher.ResponseData["headers"]): void {
  if (status === 429) {
    const problem = new ProblemError("llm-rate-limited", "the endpoint answered 429");
    throw new Repeatable(problem, retryAfter(one(headers["retry-after"])));
  }
  if (status >= 500) {
    const problem = new ProblemError("llm-failed", `the endpoint answered ${status}`);
    throw new Repeatable(problem, retryAfter(one(headers["retry-after"])));
  }
  if (status >= 300 && status < 400)
    throw new ProblemError("llm-redirected", `the endpoint answered ${status}`);
  if (status !== 200) throw new ProblemError("llm-refused", `the endpoint answered ${status}`);
  if (!["", "identity"].includes(one(headers["content-encoding"])))
    throw new ProblemError("llm-malformed", "it is encoded, which was not asked for");
}

/** Retry-After (RFC 9110 section 10.2.3) in milliseconds from now. */
function retryAfter(value: string): number | undefined {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
