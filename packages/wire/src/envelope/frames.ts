import { DOMAINS } from "@sigil/canon";
import { concatBytes, equalBytes, fromBase64url, hmacSha256, utf8 } from "@sigil/crypto";
import { WireError } from "../error.ts";

/** Media type of an answer that comes in frames; its `Sigil-Response` covers the head and an empty body. */
export const FRAMES_MEDIA_TYPE = "application/vnd.sigil.frames";

/** What a frame says beside its payload: more follows, that was all, or the answer failed with the problem that it holds. */
export const FRAME = { part: 0, end: 1, failed: 2 } as const;
export type FrameFlag = (typeof FRAME)[keyof typeof FRAME];

/** Greatest payload of a frame, in bytes: the largest record there is, with its proof. */
export const FRAME_MAX = 8 * 1024 * 1024;

const MAC_BYTES = 32;
const HEAD_BYTES = 5;

/**
 * The MACs of one stream, in its order: HMAC-SHA-256 over `"SIGIL-FRAME-V1\n" ‖ the 32 bytes of the answer's Sigil-Response ‖
 * counter (8 bytes, big-endian, from 0) ‖ flag (1 byte) ‖ payload`. So a frame holds in one place of one answer to one
 * request, and an answer that was cut short has no end.
 */
export class FrameMacs {
  readonly #key: Uint8Array;
  readonly #prefix: Uint8Array;
  #counter = 0n;

  constructor(key: Uint8Array, response: string) {
    this.#key = key;
    this.#prefix = concatBytes(utf8(`${DOMAINS.frame}\n`), fromBase64url(response));
  }

  /** The MAC of the next frame. */
  next(flag: FrameFlag, payload: Uint8Array): Uint8Array {
    const place = new Uint8Array(9);
    new DataView(place.buffer).setBigUint64(0, this.#counter);
    place[8] = flag;
    this.#counter += 1n;
    return hmacSha256(this.#key, concatBytes(this.#prefix, place, payload));
  }
}

/** A frame as it goes over the wire: flag (1 byte), length of the payload (4 bytes, big-endian), payload, MAC (32 bytes). */
export function sealFrame(macs: FrameMacs, flag: FrameFlag, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head[0] = flag;
  new DataView(head.buffer).setUint32(1, payload.length);
  return concatBytes(head, payload, macs.next(flag, payload));
}

/**
 * The frames of an answer, each given only once its MAC holds, and no more of the answer held than one frame. Ends with
 * the frame `end` or `failed`, which it gives too.
 * @throws WireError `peer-response-invalid` for a frame that is not the next one of this answer, or an answer without an end
 */
export async function* openFrames(
  chunks: AsyncIterable<Uint8Array>,
  macs: FrameMacs,
): AsyncGenerator<{ readonly flag: FrameFlag; readonly payload: Uint8Array }> {
  const held = new Held();
  let ended = false;
  for await (const chunk of chunks) {
    if (ended) throw refused("bytes follow its last frame");
    held.add(chunk);
    for (let frame = readFrame(held, macs); frame !== undefined; frame = readFrame(held, macs)) {
      ended = frame.flag !== FRAME.part;
      if (ended && held.size > 0) throw refused("bytes follow its last frame");
      yield frame;
    }
  }
  if (!ended) throw refused("it ends before its last frame");
}

function readFrame(held: Held, macs: FrameMacs): { flag: FrameFlag; payload: Uint8Array } | undefined {
  const head = held.peek(HEAD_BYTES);
  if (head === undefined) return undefined;
  const flag = head[0] as FrameFlag;
  const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
  if (length > FRAME_MAX) throw refused(`a frame exceeds ${FRAME_MAX} bytes`);
  const whole = held.peek(HEAD_BYTES + length + MAC_BYTES);
  if (whole === undefined) return undefined;
  held.drop(whole.length);
  const payload = whole.subarray(HEAD_BYTES, HEAD_BYTES + length);
  if (!equalBytes(whole.subarray(HEAD_BYTES + length), macs.next(flag, payload)))
    throw refused("a frame does not carry the MAC of its place");
  return { flag, payload };
}

function refused(fact: string): WireError {
  return new WireError("peer-response-invalid", `the streamed answer is not authentic: ${fact}`);
}

/** Bytes that came and are not read yet. Chunks are joined once a frame is whole, not with every chunk. */
class Held {
  #chunks: Uint8Array[] = [];
  size = 0;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The first `count` bytes, or undefined while there are fewer. */
  peek(count: number): Uint8Array | undefined {
    if (this.size < count) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < count) this.#chunks = [concatBytes(...this.#chunks)];
    return this.#chunks[0]?.subarray(0, count);
  }

  drop(count: number): void {
    const [first, ...rest] = this.#chunks;
    const left = first?.subarray(count);
    this.#chunks = left === undefined || left.length === 0 ? rest : [left, ...rest];
    this.size -= count;
  }
}
