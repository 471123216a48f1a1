import { ProblemError } from "@sigil/wire";
import { createParser } from "eventsource-parser";
import type { LlmAnswer } from "../../domain/llm/endpoint.ts";
import { Answer } from "./answer.ts";

/** All bytes of an answer, its text and everything around it. */
const MAX_RAW = 8 * 1024 * 1024;
/** One event, or one line of a stream. UTF-16 units. */
const MAX_EVENT = 64 * 1024;
/** An answer that comes as one JSON text. Bytes. */
const MAX_WHOLE = 1024 * 1024;

interface Incoming {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** SHA-256 of what was asked. */
  readonly request: string;
  /** Called when something of the answer itself has come, not merely a sign of life. */
  readonly came: () => void;
}

/**
 * Reads an answer: server-sent events (WHATWG HTML section 9.2) as the chat API streams them, up to `data: [DONE]` or the end of
 * the stream, or one JSON text from a server that does not stream.
 * @throws ProblemError `llm-malformed`, `llm-too-large`, `llm-refused`, `llm-failed`
 */
export async function readAnswer(incoming: Incoming): Promise<LlmAnswer> {
  const [media = ""] = incoming.contentType.toLowerCase().split(";");
  const answer = new Answer();
  if (media.trim() === "text/event-stream") await readEvents(incoming, answer);
  else if (media.trim() === "application/json") await readWhole(incoming, answer);
  else throw new ProblemError("llm-malformed", "it comes as neither text/event-stream nor application/json");
  return answer.whole(incoming.request);
}

async function readEvents({ chunks, came }: Incoming, answer: Answer): Promise<void> {
  let done = false;
  let tooLong = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT,
    onEvent: ({ data }) => {
      if (done) return;
      done = data.trim() === "[DONE]";
      if (done) return;
      answer.take(data, MAX_EVENT * 3);
      came();
    },
    onError: ({ type }) => {
      tooLong ||= type === "max-buffer-size-exceeded";
    },
  });
  for await (const text of decoded(chunks, MAX_RAW)) {
    parser.feed(text);
    if (tooLong) throw new ProblemError("llm-too-large", `one event is larger than ${MAX_EVENT} characters`);
    if (done) return;
  }
}

async function readWhole({ chunks }: Incoming, answer: Answer): Promise<void> {
  let whole = "";
  for await (const text of decoded(chunks, MAX_WHOLE)) whole += text;
  answer.take(whole, MAX_WHOLE);
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new ProblemError("llm-too-large", `it is larger than ${most} bytes`);
    yield text(() => decoder.decode(chunk, { stream: true }));
  }
  yield text(() => decoder.decode());
}

function text(decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw new ProblemError("llm-malformed", "it is not UTF-8", { cause });
  }
}
