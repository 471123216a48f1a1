/**
 * What a handler answers: JSON of the route's shape, text, bytes, or a stream of text that ends when its source does and
 * is closed when the caller goes away. A stream carries no MAC, so only routes for licences may answer one. Header names
 * in lower case.
 */
export type Reply<T> =
  | { readonly json: T; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly bytes: Uint8Array;
      readonly contentType: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly stream: AsyncIterable<string>;
      readonly contentType: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly text: string;
      readonly contentType: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** An answer as bytes, before the headers that every answer carries. */
export interface Outgoing {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Text where it can stay text: headers and text leave in one write, headers and bytes in two. */
  readonly body: string | Uint8Array | ReadableStream<Uint8Array>;
}

const encoder = new TextEncoder();

/** Serialises a reply. */
export function outgoing(reply: Reply<unknown>): Outgoing {
  const type = "json" in reply ? "application/json" : reply.contentType;
  return {
    status: reply.status ?? 200,
    headers: { ...reply.headers, "content-type": type },
    body: bodyOf(reply),
  };
}

function bodyOf(reply: Reply<unknown>): Outgoing["body"] {
  if ("json" in reply) return JSON.stringify(reply.json);
  if ("bytes" in reply) return reply.bytes;
  if ("text" in reply) return reply.text;
  const source = reply.stream[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await source.return?.();
    },
  });
}

/** On every answer of every service: nothing is cached, framed, sniffed or run. */
export const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;
