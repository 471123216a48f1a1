import { type Json, parseJson } from "@sigil/canon";
import { WireError } from "../error.ts";

/** One server-sent event. Without `data` it is a sign of life. */
export interface DoorEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Json | undefined;
}

/** Longest event that is held, in characters. */
const EVENT_MAX = 1024 * 1024;

/**
 * Server-sent events (WHATWG HTML section 9.2) as the door writes them: lines end with a line feed, an event with an
 * empty line, data is strict JSON. A stream that breaks off within an event gives nothing of it. Throws
 * `door-response-invalid` for an event over 1 MiB; canon's error for data that is no JSON.
 */
export async function* serverSentEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DoorEvent> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let held = "";
  for await (const chunk of chunks) {
    held += decoder.decode(chunk, { stream: true });
    for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
      yield event(held.slice(0, end));
      held = held.slice(end + 2);
    }
    if (held.length > EVENT_MAX)
      throw new WireError("door-response-invalid", `an event exceeds ${EVENT_MAX} characters`);
  }
}

function event(text: string): DoorEvent {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ""));
  }
  const data = fields.get("data");
  return {
    event: fields.get("event") ?? "message",
    id: fields.get("id"),
    data: data === undefined ? undefined : parseJson(data, { maxBytes: EVENT_MAX * 4 }),
  };
}
