import { canonicalBytes, type Json, parseJson } from "@sigil/canon";
import type { ChannelKey, SigningKey } from "@sigil/crypto";
import { CHALLENGE_PATH, newChallenge } from "../envelope/challenge.ts";
import { FRAME, FRAMES_MEDIA_TYPE, openFrames } from "../envelope/frames.ts";
import {
  type Authority,
  audience,
  CHALLENGE_HEADER,
  ENVELOPE_HEADER,
  GRANT_HEADER,
  RESPONSE_HEADER,
} from "../envelope/header.ts";
import { ResponseKey } from "../envelope/response.ts";
import { sealRequest } from "../envelope/seal.ts";
import { WireError } from "../error.ts";
import { problem } from "../problem/schema.ts";
import {
  type FramedRouteId,
  type FrameOf,
  type QueryOf,
  type RequestInputOf,
  type ResponseOf,
  type RouteId,
  routePath,
  routeRow,
} from "../route.ts";
import { instance, type Readiness, readiness, type ServiceName } from "../schema/service.ts";
import { callError } from "./failure.ts";
import { Patience } from "./patience.ts";
import { SlotPool } from "./pool.ts";
import { NotProved, type RawAnswer, readWhole, Slot } from "./slot.ts";

export interface ServiceClientOptions {
  readonly baseUrl: string;
  /** The service that must answer there. */
  readonly service: ServiceName;
  readonly key: SigningKey;
  readonly iss: string;
  readonly channel: ChannelKey;
  /** The peer's enrolled X25519 public key, 32 bytes. */
  readonly peerChannel: Uint8Array;
  /** Connections, and so requests in flight; 8. */
  readonly connections?: number;
  /** Deadline of a request that names none, in milliseconds; 10 000. */
  readonly timeoutMs?: number;
  /** Greatest answer that is read, in bytes; 32 MiB. */
  readonly maxResponseBytes?: number;
  /** Milliseconds since 1970; the clock that envelopes are dated by. */
  readonly now?: () => number;
}

export interface CallContext {
  readonly ctx?: Authority | undefined;
  readonly grant?: string | undefined;
  readonly idem?: string | undefined;
  readonly sub?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** W3C traceparent and request id that the peer logs. */
  readonly traceparent?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface ServiceRequest extends CallContext {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path and query as they go on the request line. */
  readonly path: string;
  readonly body?: unknown;
}

export interface ServiceAnswer<T = Json> {
  readonly status: number;
  readonly body: T;
  readonly header: (name: string) => string | undefined;
}

/** An answer whose head was believed and whose frames are still to come. */
interface FramedAnswer {
  readonly status: number;
  readonly body: null;
  readonly header: (name: string) => string | undefined;
  readonly frames: ReturnType<typeof openFrames>;
  /** Closes the connection, where the answer was not read to its end. */
  readonly destroy: () => void;
}

export interface CallArguments<I extends RouteId> extends CallContext {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: { readonly [K in keyof QueryOf<I>]?: string | number | undefined };
  readonly body?: RequestInputOf<I>;
}

const JSON_TYPE = "application/json";
const EMPTY = new Uint8Array(0);
const MAX_ANSWER = 32 * 1024 * 1024;
/** Nobody has proved anything yet when the challenge is answered, so little is read. */
const MAX_CHALLENGE = 4096;

/**
 * The client between services. What it guarantees: no byte of a body, a grant or an envelope leaves before the
 * process on the other end of this very connection has proved the peer's channel key; every answer, refusals
 * included, is believed only with its `Sigil-Response`. Nothing is repeated after bytes of it have left, except
 * once for a proved `stale-instance`, which the peer answers before it has done anything.
 *
 * Errors: `peer-unreachable`, `peer-unproved`, `peer-response-invalid`, `peer-timeout`, `peer-aborted`,
 * `client-closed`, `peer-not-ready` with what a peer's /readyz names, and `peer-refused` with the peer's `problem`. After `peer-unreachable`, `peer-timeout` or
 * `peer-response-invalid` of a write, whether it happened is unknown: repeat it under its idempotency key.
 */
export class ServiceClient {
  readonly #options: ServiceClientOptions;
  readonly #responseKey: ResponseKey;
  readonly #pool: SlotPool;
  readonly #now: () => number;

  constructor(options: ServiceClientOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#responseKey = ResponseKey.derive(options.channel, options.peerChannel, "client");
    this.#pool = new SlotPool(
      options.connections ?? 8,
      () => new Slot(options.baseUrl, { connectTimeout: 2_000 }),
    );
  }

  /** One request by route id, with its answer checked against the route's schema. */
  async call<I extends RouteId>(id: I, input: CallArguments<I> = {}): Promise<ResponseOf<I>> {
    const row = routeRow(id);
    const { params, query, body, ...context } = input;
    const path = routePath(id, params, query as Record<string, string | number | undefined> | undefined);
    const answer = await this.request({
      ...context,
      method: row.method,
      path,
      ...(body === undefined ? {} : { body }),
    });
    const result = row.response?.safeParse(answer.body);
    if (result?.success === false) {
      throw new WireError(
        "peer-response-invalid",
        `${id} answered another shape: ${result.error.issues[0]?.path.map(String).join(".")}: ${result.error.issues[0]?.message}`,
      );
    }
    return (result?.data ?? answer.body) as ResponseOf<I>;
  }

  /** One request. Resolves for 2xx only. */
  async request(input: ServiceRequest): Promise<ServiceAnswer> {
    const body = bodyBytes(input);
    const patience = new Patience(input.timeoutMs ?? this.#options.timeoutMs ?? 10_000);
    const timeout = patience.signal;
    const signal = input.signal === undefined ? timeout : AbortSignal.any([input.signal, timeout]);
    try {
      return await this.#pool.use(signal, (slot) => this.#exchange(slot, input, body, signal, false));
    } catch (error) {
      throw callError(error, { peer: this.#options.service, timeout, caller: input.signal });
    } finally {
      patience.pause();
    }
  }

  /**
   * The frames of a streamed answer, each given once its MAC holds and it has the route's shape; nothing is sent before the
   * first is asked for. The deadline is for each frame, and stands still while nobody asks for the next. Whoever stops
   * early closes the connection, which ends the work of the peer.
   */
  async *stream<I extends FramedRouteId>(id: I, input: CallArguments<I> = {}): AsyncGenerator<FrameOf<I>> {
    const { method, frame: shape } = routeRow(id);
    const { params, query, body, ...context } = input;
    const path = routePath(id, params, query as Record<string, string | number | undefined> | undefined);
    const asked = { ...context, method, path, ...(body === undefined ? {} : { body }) };
    const patience = new Patience(input.timeoutMs ?? this.#options.timeoutMs ?? 10_000);
    const signal =
      input.signal === undefined ? patience.signal : AbortSignal.any([input.signal, patience.signal]);
    let slot: Slot | undefined;
    let answer: FramedAnswer | undefined;
    try {
      slot = await this.#pool.take(signal);
      answer = await this.#exchange(slot, asked, bodyBytes(asked), signal, true);
      for await (const { flag, payload } of answer.frames) {
        patience.pause();
        const said = parseFrame(payload);
        if (flag === FRAME.failed) throw this.#refused(said);
        if (flag === FRAME.end) continue;
        const result = shape?.safeParse(said);
        if (result?.success !== true)
          throw new WireError("peer-response-invalid", `${id} answered a frame of another shape`);
        yield result.data as FrameOf<I>;
        patience.goOn();
      }
    } catch (error) {
      throw callError(error, { peer: this.#options.service, timeout: patience.signal, caller: input.signal });
    } finally {
      patience.pause();
      answer?.destroy();
      if (slot !== undefined) this.#pool.give(slot);
    }
  }

  /** Proves the peer now, on one connection: a health check that a squatter cannot pass. */
  async prove(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<{ instance: string }> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 2_000);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    try {
      return { instance: await this.#pool.use(signal, (slot) => this.#challenge(slot, signal)) };
    } catch (error) {
      throw callError(error, { peer: this.#options.service, timeout, caller: options.signal });
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #exchange<F extends boolean>(
    slot: Slot,
    input: ServiceRequest,
    body: Uint8Array,
    signal: AbortSignal,
    framed: F,
  ): Promise<F extends true ? FramedAnswer : ServiceAnswer> {
    let refreshed = false;
    for (let attempt = 0; ; attempt += 1) {
      const current = slot.instance ?? (await this.#challenge(slot, signal));
      let answer: ServiceAnswer | FramedAnswer;
      try {
        answer = await this.#sealed(slot, current, input, body, signal, framed);
      } catch (error) {
        // The proved connection was closed while it lay idle; nothing has left, so prove a new one and send then.
        if (!(error instanceof NotProved) || attempt >= 3) throw error;
        slot.instance = undefined;
        continue;
      }
      if (answer.status >= 200 && answer.status < 300) {
        if ("frames" in answer !== framed)
          throw new WireError("peer-response-invalid", "the answer is not streamed as its route says");
        return answer as F extends true ? FramedAnswer : ServiceAnswer;
      }
      const refusal = this.#refused(answer.body, answer.status);
      if (refusal.problem?.code !== "stale-instance" || refreshed) throw refusal;
      refreshed = true;
      slot.instance = undefined;
    }
  }

  /** What the peer said no with, believed. */
  #refused(body: unknown, status?: number): WireError {
    const refusal = problem.safeParse(body);
    if (!refusal.success) {
      const red = readiness.safeParse(body);
      if (red.success && !red.data.ready) return this.#notReady(red.data);
      return new WireError(
        "peer-response-invalid",
        `status ${status ?? "of a frame"} without a problem body`,
      );
    }
    return new WireError(
      "peer-refused",
      `${this.#options.service} refused: ${refusal.data.code}: ${refusal.data.detail}`,
      { problem: refusal.data, remedy: refusal.data.remedy },
    );
  }

  /** What the peer's /readyz says, believed. */
  #notReady({ reasons }: Readiness): WireError {
    const why = reasons.map(({ code, detail }) => `${code}: ${detail}`).join("; ");
    return new WireError("peer-not-ready", `${this.#options.service} is not ready: ${why}`);
  }

  async #sealed(
    slot: Slot,
    current: string,
    input: ServiceRequest,
    body: Uint8Array,
    signal: AbortSignal,
    framed: boolean,
  ): Promise<ServiceAnswer | FramedAnswer> {
    const contentType = input.body === undefined ? "" : JSON_TYPE;
    const { key, iss, service } = this.#options;
    const { ctx, grant, idem, sub } = input;
    const sealed = sealRequest({
      ...{ key, iss, contentType, body, ctx, grant, idem, sub },
      aud: audience(service, current),
      method: input.method,
      url: input.path,
      now: this.#now(),
    });
    const headers: Record<string, string> = { [ENVELOPE_HEADER]: sealed.header, accept: JSON_TYPE };
    if (contentType !== "") headers["content-type"] = contentType;
    if (grant !== undefined) headers[GRANT_HEADER] = grant;
    if (input.traceparent !== undefined) headers.traceparent = input.traceparent;
    if (input.requestId !== undefined) headers["x-request-id"] = input.requestId;
    const maxBytes = this.#options.maxResponseBytes ?? MAX_ANSWER;
    const request = {
      ...{ method: input.method, path: input.path, headers, signal, maxBytes },
      ...(contentType === "" ? {} : { body }),
    };
    const believed = (answer: RawAnswer): ServiceAnswer => {
      this.#believe(answer, sealed.nonce, sealed.header);
      return { status: answer.status, header: answer.header, body: parseAnswer(answer) };
    };
    if (!framed) return believed(await slot.send(request));
    const begun = await slot.begin(request);
    const { status, header } = begun;
    if (header("content-type") === FRAMES_MEDIA_TYPE) {
      try {
        this.#believe({ status, header, body: EMPTY }, sealed.nonce, sealed.header);
      } catch (error) {
        begun.destroy();
        throw error;
      }
      const macs = this.#responseKey.frames(header(RESPONSE_HEADER.toLowerCase()) ?? "");
      return { status, header, body: null, frames: openFrames(begun.chunks, macs), destroy: begun.destroy };
    }
    return believed(await readWhole(begun, maxBytes));
  }

  async #challenge(slot: Slot, signal: AbortSignal): Promise<string> {
    const { header, nonce } = newChallenge(this.#options.channel.kid);
    const headers = { [CHALLENGE_HEADER]: header, accept: JSON_TYPE };
    const answer = await slot.openBy(() =>
      slot.send({ method: "GET", path: CHALLENGE_PATH, headers, signal, maxBytes: MAX_CHALLENGE }),
    );
    try {
      this.#responseKey.verify(answer.header(RESPONSE_HEADER.toLowerCase()), {
        nonce,
        request: header,
        status: answer.status,
        header: answer.header,
        body: answer.body,
      });
    } catch (cause) {
      throw new WireError(
        "peer-unproved",
        `the process that answers for ${this.#options.service} does not hold its channel key`,
        {
          cause,
          remedy: `Find out which process listens at ${this.#options.baseUrl}; sigil doctor names it.`,
        },
      );
    }
    const said = instance.safeParse(answer.status === 200 ? parseAnswer(answer) : undefined);
    if (!said.success || said.data.service !== this.#options.service) {
      throw new WireError("peer-unproved", `the process that answers is not ${this.#options.service}`);
    }
    slot.instance = said.data.instance;
    return said.data.instance;
  }

  #believe(answer: RawAnswer, nonce: string, request: string): void {
    try {
      this.#responseKey.verify(answer.header(RESPONSE_HEADER.toLowerCase()), {
        nonce,
        request,
        status: answer.status,
        header: answer.header,
        body: answer.body,
      });
    } catch (cause) {
      throw new WireError(
        "peer-response-invalid",
        `the answer of ${this.#options.service} is not authentic: ${cause instanceof Error ? cause.message : "no MAC"}`,
        { cause },
      );
    }
  }
}

function bodyBytes({ body }: Pick<ServiceRequest, "body">): Uint8Array {
  return body === undefined ? EMPTY : canonicalBytes(body, { maxBytes: 64 * 1024 * 1024 });
}

/** The JSON of a frame; its last may be empty. */
function parseFrame(payload: Uint8Array): Json {
  return payload.length === 0 ? null : parseJson(payload, { maxBytes: payload.length, maxDepth: 48 });
}

function parseAnswer(answer: RawAnswer): Json {
  const type = answer.header("content-type") ?? "";
  if (!/^application\/(problem\+)?json\b/.test(type)) return new TextDecoder().decode(answer.body);
  return parseJson(answer.body, { maxBytes: answer.body.length, maxDepth: 48 });
}
