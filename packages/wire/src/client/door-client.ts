import { CanonError, canonicalBytes, type Json, parseJson } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { Agent, request } from "undici";
import { audience, DECISION_HEADER, ENVELOPE_HEADER } from "../envelope/header.ts";
import { sealRequest } from "../envelope/seal.ts";
import { WireError } from "../error.ts";
import { problem } from "../problem/schema.ts";
import {
  type QueryOf,
  type RequestInputOf,
  type ResponseOf,
  type RouteId,
  routePath,
  routeRow,
} from "../route.ts";
import { wellKnownKeys } from "../schema/service.ts";
import { type DoorEvent, serverSentEvents } from "./events.ts";
import { codeOf, isLost } from "./failure.ts";

export interface DoorRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface DoorAnswer<T = Json> {
  readonly status: number;
  /** JSON of the route's shape; text, or a Uint8Array, where the route answers no JSON. */
  readonly body: T;
  /** Id of the decision that let the request through, if one was made. */
  readonly decisionId: string | undefined;
  readonly requestId: string | undefined;
}

export interface DoorCall<I extends RouteId> extends Omit<DoorRequest, "method" | "path" | "body"> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: { readonly [K in keyof QueryOf<I>]?: string | number | undefined };
  readonly body?: RequestInputOf<I>;
}

/** The enrolled key of a client, and whose it is: every call is then sealed, for a licence that is bound to the key. */
interface DoorSeal {
  readonly key: SigningKey;
  readonly principal: string;
}

/** A stream without a sign of life for this long is lost; the door gives one every 15 s. */
const SILENCE_MS = 45_000;

export type DoorRouteId = Extract<RouteId, `sigilderg ${string}`>;

/**
 * A caller of the public door, with a bearer licence. A licence is never sent in the clear to another machine:
 * plain http is accepted for loopback only (`door-insecure`). Redirects are not followed.
 *
 * Errors: `door-unreachable`, `door-timeout`, `door-aborted`, `door-response-invalid`, and `door-refused` with
 * `problem` (code, detail, remedy, decisionId).
 */
export class DoorClient {
  readonly #baseUrl: string;
  readonly #licence: string | undefined;
  readonly #seal: DoorSeal | undefined;
  #audience: Promise<string> | undefined;
  readonly #agent: Agent;
  readonly #maxBytes: number;

  constructor(options: {
    baseUrl: string;
    licence?: string | undefined;
    seal?: DoorSeal | undefined;
    maxResponseBytes?: number;
  }) {
    const url = new URL(options.baseUrl);
    const loopback = /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url.hostname);
    if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
      throw new WireError("door-insecure", `${url.origin} would receive the licence in the clear`, {
        remedy: "Use https, or a loopback address.",
      });
    }
    this.#baseUrl = url.origin;
    this.#licence = options.licence;
    this.#seal = options.seal;
    this.#maxBytes = options.maxResponseBytes ?? 64 * 1024 * 1024;
    this.#agent = new Agent({
      connect: { timeout: 3_000 },
      headersTimeout: 0,
      bodyTimeout: 0,
      connections: 16,
    });
  }

  /** One request by route id; the answer has the route's shape. */
  async call<I extends DoorRouteId>(id: I, input: DoorCall<I> = {}): Promise<DoorAnswer<ResponseOf<I>>> {
    const row = routeRow(id);
    const { params, query, body, ...rest } = input;
    const path = routePath(id, params, query as Record<string, string | number | undefined> | undefined);
    const answer = await this.request({
      ...rest,
      method: row.method,
      path,
      ...(body === undefined ? {} : { body }),
    });
    const result = row.response?.safeParse(answer.body);
    if (result?.success === false) {
      const issue = result.error.issues[0];
      throw new WireError(
        "door-response-invalid",
        `${id} answered another shape: ${issue?.path.map(String).join(".")}: ${issue?.message}`,
        { remedy: "Use a CLI and services of the same version." },
      );
    }
    return { ...answer, body: (result?.data ?? answer.body) as ResponseOf<I> };
  }

  /**
   * The events of a streaming route, until the door or the signal ends them. What ends it otherwise is thrown like the
   * failure of a call; `door-timeout` when nothing came for 45 s.
   */
  async *stream<I extends DoorRouteId>(
    id: I,
    input: Pick<DoorCall<I>, "params" | "query" | "signal"> = {},
  ): AsyncGenerator<DoorEvent> {
    const row = routeRow(id);
    const path = routePath(id, input.params, input.query as Record<string, string | number | undefined>);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const signal = AbortSignal.any([silence.signal, ...(input.signal === undefined ? [] : [input.signal])]);
    const asked: DoorRequest = { method: row.method, path, signal: input.signal, timeoutMs: SILENCE_MS };
    try {
      const answer = await request(`${this.#baseUrl}${path}`, {
        method: row.method,
        headers: {
          ...this.#headers(),
          ...(await this.#sealed(row.method, path, "", new Uint8Array(0), signal)),
          accept: "text/event-stream",
        },
        dispatcher: this.#agent,
        signal,
      });
      if (answer.statusCode !== 200) {
        const text = await answer.body.text();
        throw refused(answer.statusCode, parseJson(text, { maxBytes: 65_536 }));
      }
      for await (const event of serverSentEvents(answer.body as AsyncIterable<Uint8Array>)) {
        timer.refresh();
        yield event;
      }
    } catch (error) {
      throw this.#explain(error, silence.signal, asked);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The bytes of an answer as they come, of any length: nothing of it is held here. A refusal is thrown before the first, and an
   * answer that ends early like the failure of a call; `door-timeout` when nothing came for 45 s.
   */
  async *download<I extends DoorRouteId>(
    id: I,
    input: Pick<DoorCall<I>, "params" | "query" | "body" | "signal"> = {},
  ): AsyncGenerator<Uint8Array> {
    const { method } = routeRow(id);
    const path = routePath(id, input.params, input.query as Record<string, string | number | undefined>);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const signal = AbortSignal.any([silence.signal, ...(input.signal === undefined ? [] : [input.signal])]);
    const asked: DoorRequest = { method, path, signal: input.signal, timeoutMs: SILENCE_MS };
    const body = input.body === undefined ? null : canonicalBytes(input.body as Json);
    const type = body === null ? "" : "application/json";
    try {
      const answer = await request(`${this.#baseUrl}${path}`, {
        ...{ method, body, dispatcher: this.#agent, signal },
        headers: {
          ...this.#headers(),
          ...(body === null ? {} : { "content-type": type }),
          ...(await this.#sealed(method, path, type, body ?? new Uint8Array(0), signal)),
        },
      });
      if (answer.statusCode !== 200)
        throw refused(answer.statusCode, parseJson(await answer.body.text(), { maxBytes: 65_536 }));
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        timer.refresh();
        yield chunk;
      }
    } catch (error) {
      throw this.#explain(error, silence.signal, asked);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One request. Resolves for 2xx only. */
  async request(input: DoorRequest): Promise<DoorAnswer> {
    const timeout = AbortSignal.timeout(input.timeoutMs ?? 30_000);
    const signal = input.signal === undefined ? timeout : AbortSignal.any([input.signal, timeout]);
    try {
      return await this.#send(input, signal);
    } catch (error) {
      throw this.#explain(error, timeout, input);
    }
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #send(input: DoorRequest, signal: AbortSignal): Promise<DoorAnswer> {
    const headers: Record<string, string> = { ...this.#headers(), accept: "application/json" };
    if (input.idempotencyKey !== undefined) headers["idempotency-key"] = input.idempotencyKey;
    if (input.body !== undefined) headers["content-type"] = "application/json";
    const body = input.body === undefined ? null : canonicalBytes(input.body, { maxBytes: 64 * 1024 * 1024 });
    const sealed = body ?? new Uint8Array(0);
    Object.assign(
      headers,
      await this.#sealed(input.method, input.path, headers["content-type"] ?? "", sealed, signal),
    );
    const answer = await request(`${this.#baseUrl}${input.path}`, {
      ...{ method: input.method, headers, body, dispatcher: this.#agent, signal },
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > this.#maxBytes)
        throw new WireError("door-response-invalid", `the answer exceeds ${this.#maxBytes} bytes`);
      chunks.push(chunk);
    }
    const header = (name: string) => {
      const value = answer.headers[name];
      return typeof value === "string" ? value : undefined;
    };
    const bytes = Buffer.concat(chunks, size);
    const content = contentOf(bytes, header("content-type") ?? "");
    const { statusCode: status } = answer;
    if (status < 200 || status > 299) throw refused(status, content);
    return {
      status,
      body: content,
      decisionId: header(DECISION_HEADER.toLowerCase()),
      requestId: header("x-request-id"),
    };
  }

  /** The envelope of a request, where the licence is bound to a key. */
  async #sealed(
    method: DoorRequest["method"],
    url: string,
    contentType: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    if (this.#seal === undefined) return {};
    const { key, principal } = this.#seal;
    const { header } = sealRequest({
      ...{ key, iss: principal, licence: this.#licence, now: Date.now() },
      ...{ method, url, aud: await this.#addressed(signal), contentType, body },
    });
    return { [ENVELOPE_HEADER.toLowerCase()]: header };
  }

  /** The instance that envelopes of this client are for; one that restarts meanwhile refuses them as `stale-instance`. */
  #addressed(signal: AbortSignal): Promise<string> {
    this.#audience ??= (async () => {
      const url = `${this.#baseUrl}/.well-known/sigil-keys`;
      const { body } = await request(url, { dispatcher: this.#agent, signal });
      const { service, instance } = wellKnownKeys.parse(
        parseJson(await body.text(), { maxBytes: 1024 * 1024 }),
      );
      return audience(service, instance);
    })();
    return this.#audience;
  }

  #headers(): Record<string, string> {
    return this.#licence === undefined ? {} : { authorization: `Bearer ${this.#licence}` };
  }

  #explain(error: unknown, timeout: AbortSignal, input: DoorRequest): unknown {
    if (input.signal?.aborted)
      return new WireError("door-aborted", "the request was cancelled", { cause: error });
    if (timeout.aborted) {
      return new WireError(
        "door-timeout",
        `${this.#baseUrl} did not answer within ${input.timeoutMs ?? 30_000} ms`,
        { cause: error, remedy: "Read /readyz, or allow more time." },
      );
    }
    if (error instanceof WireError) return error;
    if (error instanceof CanonError)
      return new WireError("door-response-invalid", `the answer is not acceptable JSON: ${error.code}`, {
        cause: error,
      });
    if (isLost(error)) {
      return new WireError("door-unreachable", `no Sigil answers at ${this.#baseUrl} (${codeOf(error)})`, {
        cause: error,
        remedy: "Start it with `npm start`, or correct the address.",
      });
    }
    return error;
  }
}

/** JSON as its value, bytes as bytes (a tile of the log), anything else as text. */
function contentOf(bytes: Buffer, media: string): Json {
  if (/^application\/(problem\+)?json\b/.test(media))
    return parseJson(bytes, { maxBytes: bytes.length, maxDepth: 48 });
  if (media === "application/octet-stream") return new Uint8Array(bytes) as unknown as Json;
  return bytes.toString("utf8");
}

function refused(status: number, body: unknown): WireError {
  const parsed = problem.safeParse(body);
  if (!parsed.success)
    return new WireError(
      "door-response-invalid",
      `status ${status} without a problem body; is this a Sigil?`,
    );
  const { code, detail, remedy } = parsed.data;
  return new WireError("door-refused", `${code}: ${detail}`, { problem: parsed.data, remedy });
}
