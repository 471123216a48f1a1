import type { IncomingHttpHeaders } from "node:http";
import { buildConnector, Client, type Dispatcher } from "undici";
import { WireError } from "../error.ts";

/** What came back on one connection, whole. */
export interface RawAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** An answer whose body has not been read. Whoever opens it reads it, or destroys it and with it the connection. */
export interface BegunAnswer extends Omit<RawAnswer, "body"> {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly destroy: () => void;
}

export interface RawRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Greatest answer that is read, in bytes. */
  readonly maxBytes: number;
}

/** The connector refused: the connection that was proved is gone, and not a byte of the request has left. */
export class NotProved extends Error {}

/**
 * One connection to a peer. A socket may be opened only inside `openBy`, and only one: so nothing but the
 * bodiless challenge can ever be the first bytes that a process on the peer's port reads.
 */
export class Slot {
  readonly #client: Client;
  #sockets = 0;
  /** The peer's instance as this connection proved it; undefined until then. */
  instance: string | undefined;

  constructor(baseUrl: string, options: { connectTimeout: number }) {
    const connect = buildConnector({ timeout: options.connectTimeout });
    this.#client = new Client(baseUrl, {
      pipelining: 1,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 30_000,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (target, callback) => {
        if (this.#sockets === 0) {
          callback(new NotProved("no connection without a challenge"), null);
          return;
        }
        this.#sockets -= 1;
        this.instance = undefined;
        connect(target, callback);
      },
    });
  }

  /** Runs the challenge; the only stretch of time in which one socket may be opened. */
  async openBy<T>(challenge: () => Promise<T>): Promise<T> {
    this.#sockets = 1;
    try {
      return await challenge();
    } finally {
      this.#sockets = 0;
    }
  }

  /** Sends, and gives the head as soon as it is there. Throws NotProved or undici's own error. */
  async begin(request: Omit<RawRequest, "maxBytes">): Promise<BegunAnswer> {
    const { statusCode, headers, body } = await this.#client.request({
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body ?? null,
      signal: request.signal,
    });
    return {
      status: statusCode,
      header: (name) => headerOf(headers, name),
      chunks: body as AsyncIterable<Buffer>,
      destroy: () => body.on("error", () => {}).destroy(),
    };
  }

  /** Sends and reads whole. Throws NotProved, a WireError for an oversized answer, or undici's own error. */
  send(request: RawRequest): Promise<RawAnswer> {
    const { method, path, headers, body = null } = request;
    return new Promise((resolve, reject) => {
      this.#client.dispatch({ method, path, headers, body }, new WholeAnswer(request, resolve, reject));
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Gathers an answer as undici hands it over: a stream around what is read whole costs more than the reading. */
class WholeAnswer implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #controller: Dispatcher.DispatchController | undefined;

  constructor(
    { signal, maxBytes }: Pick<RawRequest, "signal" | "maxBytes">,
    resolve: (answer: RawAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#signal = signal;
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  readonly #abort = (): void => {
    this.#controller?.abort(this.#signal.reason as Error);
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Gone before the request was sent: undici drops it here, and not a byte of it leaves.
    if (this.#signal.aborted) this.#abort();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) controller.abort(oversized(this.#maxBytes));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#signal.removeEventListener("abort", this.#abort);
    const headers = this.#headers;
    const body = Buffer.concat(this.#chunks, this.#size);
    this.#resolve({ status: this.#status, header: (name) => headerOf(headers, name), body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#reject(error);
  }
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

function oversized(maxBytes: number): WireError {
  return new WireError("peer-response-invalid", `the answer exceeds ${maxBytes} bytes`);
}

/** Throws a WireError for an answer over `maxBytes`. */
export async function readWhole(answer: BegunAnswer, maxBytes: number): Promise<RawAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.chunks) {
    size += chunk.length;
    if (size > maxBytes) throw oversized(maxBytes);
    chunks.push(chunk);
  }
  return { status: answer.status, header: answer.header, body: Buffer.concat(chunks, size) };
}
