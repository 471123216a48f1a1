import { FRAME, FRAMES_MEDIA_TYPE, type FrameFlag, type FrameMacs, sealFrame, toProblem } from "@sigil/wire";

/**
 * What a handler answers: JSON of the route's shape, text, bytes, or a stream. A `stream` of text ends when its source does
 * and is closed when the caller goes away or reads nothing for a minute; it carries no MAC, so only routes for licences may
 * answer one. `frames` are for routes between services: each carries a MAC, and their source is asked for the next only
 * when the one before has been taken. Header names in lower case.
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
      /** At least one. What is thrown before the first is a refusal like any other; later, the stream ends with the problem. */
      readonly frames: AsyncIterable<unknown>;
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
  readonly body: string | Uint8Array | Streamed;
}

/** The body of an answer that is still being made. */
export interface Streamed {
  /** Whether it comes in frames, under `macs`. */
  readonly framed: boolean;
  /** `cut` is told why the body ends before its source does, and ends the connection. */
  open(cut: (error: unknown) => void, macs?: FrameMacs): ReadableStream<Uint8Array>;
}

const encoder = new TextEncoder();

/** How long a caller may take for what it was given before its stream is cut; milliseconds. */
const STALLED_MS = 60_000;

/** Serialises a reply. */
export function outgoing(reply: Reply<unknown>): Outgoing | Promise<Outgoing> {
  if ("frames" in reply) return framed(reply);
  const type = "json" in reply ? "application/json" : reply.contentType;
  return {
    status: reply.status ?? 200,
    headers: { ...reply.headers, "content-type": type },
    body: bodyOf(reply),
  };
}

function bodyOf(reply: Exclude<Reply<unknown>, { frames: unknown }>): Outgoing["body"] {
  if ("json" in reply) return JSON.stringify(reply.json);
  if ("bytes" in reply) return reply.bytes;
  if ("text" in reply) return reply.text;
  const { stream } = reply;
  return { framed: false, open: (cut) => pulled(encoded(stream), cut, STALLED_MS) };
}

/** The first frame is made before anything is answered, so that what fails until then is a refusal like any other. */
async function framed(reply: Extract<Reply<unknown>, { frames: unknown }>): Promise<Outgoing> {
  const rest = reply.frames[Symbol.asyncIterator]();
  const first = await rest.next();
  const body: Streamed = {
    framed: true,
    open(cut, macs) {
      if (macs === undefined) throw new Error("frames were answered to a caller without a channel key");
      return pulled(sealedFrames(first, rest, macs), cut);
    },
  };
  return { status: 200, headers: { ...reply.headers, "content-type": FRAMES_MEDIA_TYPE }, body };
}

async function* sealedFrames(
  first: IteratorResult<unknown>,
  rest: AsyncIterator<unknown>,
  macs: FrameMacs,
): AsyncGenerator<Uint8Array> {
  const frame = (flag: FrameFlag, value?: unknown) =>
    sealFrame(macs, flag, value === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(value)));
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield frame(FRAME.part, next.value);
    yield frame(FRAME.end);
  } catch (error) {
    yield frame(FRAME.failed, toProblem(error));
  } finally {
    await rest.return?.();
  }
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield encoder.encode(text);
}

/**
 * A body that asks its source for the next piece when the one before has been taken. The source is ended when nobody reads
 * any longer. A failure of the source cuts the connection, so that nobody takes a part for the whole.
 */
function pulled(
  source: AsyncGenerator<Uint8Array>,
  cut: (error: unknown) => void,
  stalledMs?: number,
): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(timer);
    void source.return(undefined).catch(() => {});
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      clearTimeout(timer);
      try {
        const { done, value } = await source.next();
        if (done === true) return controller.close();
        controller.enqueue(value);
      } catch (error) {
        cut(error);
        return controller.close();
      }
      if (stalledMs === undefined) return;
      timer = setTimeout(() => {
        end();
        cut(new Error(`the caller read nothing for ${stalledMs} ms`));
      }, stalledMs);
      timer.unref();
    },
    cancel: end,
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
