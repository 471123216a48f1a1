/** What a handler answers: JSON of the route's shape, text, or bytes. Header names in lower case. */
export type Reply<T> =
  | { readonly json: T; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly bytes: Uint8Array;
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
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();

/** Serialises a reply. */
export function outgoing(reply: Reply<unknown>): Outgoing {
  const [body, type] =
    "json" in reply
      ? [encoder.encode(JSON.stringify(reply.json)), "application/json"]
      : ["bytes" in reply ? reply.bytes : encoder.encode(reply.text), reply.contentType];
  return { status: reply.status ?? 200, headers: { ...reply.headers, "content-type": type }, body };
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
