import { randomBytes, toHex } from "@sigil/crypto";

/** The request's place in a trace, W3C Trace Context level 1. */
export interface Trace {
  readonly traceId: string;
  /** The header for calls that this request makes: same trace, this service's span as the parent. */
  readonly traceparent: string;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Continues a well-formed `traceparent`, or begins a trace; ids of zeros are malformed by the standard. */
export function continueTrace(header: string | undefined): Trace {
  if (header === undefined) return new OwnSpan(drawn(16), "01");
  const match = TRACEPARENT.exec(header);
  const valid = match !== null && !/^0+$/.test(match[1] ?? "") && !/^0+$/.test(match[2] ?? "");
  const traceId = (valid ? match[1] : undefined) ?? drawn(16);
  const flags = (valid ? match[3] : undefined) ?? "01";
  return new OwnSpan(traceId, flags);
}

/** Most requests make no call: the span is drawn when the first one does. */
class OwnSpan implements Trace {
  readonly traceId: string;
  readonly #flags: string;
  #span: string | undefined;

  constructor(traceId: string, flags: string) {
    this.traceId = traceId;
    this.#flags = flags;
  }

  get traceparent(): string {
    this.#span ??= drawn(8);
    return `00-${this.traceId}-${this.#span}-${this.#flags}`;
  }
}

/** Digits that are drawn together: to draw and write each id by itself costs four times as much. */
const DRAWN_BYTES = 2048;
let digits = "";
let used = 0;

/** So many random bytes, in hexadecimal: an id, no secret. */
function drawn(length: number): string {
  if (used + 2 * length > digits.length) {
    digits = toHex(randomBytes(DRAWN_BYTES));
    used = 0;
  }
  const id = digits.slice(used, used + 2 * length);
  used += 2 * length;
  return id;
}

/** Takes over a caller's `X-Request-Id` of harmless form, or draws one. */
export function requestIdOf(header: string | undefined): string {
  return header !== undefined && /^[A-Za-z0-9_-]{8,64}$/.test(header) ? header : drawn(12);
}
