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
      header: (name) => {
        const value = headers[name];
        return typeof value === "string" ? value : undefined;
      },
      chunks: body as AsyncIterable<Buffer>,
      destroy: () => body.on("error", () => {}).destroy(),
    };
  }

  /** Sends and reads whole. Throws NotProved, a WireError for an oversized answer, or undici's own error. */
  async send(request: RawRequest): Promise<RawAnswer> {
    return await readWhole(await this.begin(request), request.maxBytes);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Throws a WireError for an answer over `maxBytes`. */
export async function readWhole(answer: BegunAnswer, maxBytes: number): Promise<RawAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.chunks) {
    size += chunk.length;
    if (size > maxBytes) throw new WireError("peer-response-invalid", `the answer exceeds ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: answer.status, header: answer.header, body: Buffer.concat(chunks, size) };
}
