import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { RequestError } from "@hono/node-server";
import { PROBLEM_MEDIA_TYPE, type ProblemCode, ProblemError, problemBody, toProblemError } from "@sigil/wire";
import type { Logger } from "../logger.ts";
import type { ServiceMetrics } from "./metrics.ts";
import { type Outgoing, SECURITY_HEADERS } from "./reply.ts";
import { requestIdOf } from "./trace.ts";

export type Unreadable = Outgoing & { readonly body: string };

/**
 * The answer to what never became a request: bytes that are no HTTP, a head that is too large or too slow, a target that is
 * no path (an asterisk, a backslash, another scheme), a Host that is no name. Nobody was asked and nothing was routed; the
 * caller's text is in neither the answer nor the log.
 */
export function unreadable(
  parts: { readonly metrics: ServiceMetrics; readonly logger: Logger },
  error: unknown,
): Unreadable {
  const known = refusalOf(error);
  const { status, ...rest } = problemBody(known.code, known.detail, known.extras);
  const requestId = requestIdOf(undefined);
  parts.metrics.observe("unmatched", status, 0, known.code);
  const line = { requestId, route: "unmatched", status, code: known.code };
  if (status >= 500) parts.logger.error({ ...line, err: error }, "request");
  else parts.logger.info(line, "request");
  const headers = { ...SECURITY_HEADERS, "content-type": PROBLEM_MEDIA_TYPE, "x-request-id": requestId };
  return { status, headers, body: JSON.stringify({ ...rest, status }) };
}

/** Writes an answer to a connection that has no request to answer, and ends it. */
export function endWith(socket: Duplex, { status, headers, body }: Unreadable): void {
  const all = { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
  // A caller that never closes its side holds nothing here.
  socket.end(bytes, () => socket.destroy());
}

/** What Node's HTTP server says of a connection, by its error code; every other `HPE_` is bytes that are no HTTP. */
const OF_NODE: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ["head-too-large", "the head of the request exceeds 16384 bytes"],
  ERR_HTTP_REQUEST_TIMEOUT: ["request-timeout", "the request did not arrive within its deadline"],
};

function refusalOf(error: unknown): ProblemError {
  if (error instanceof RequestError) return malformed(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = Object.hasOwn(OF_NODE, code) ? OF_NODE[code] : undefined;
  if (known !== undefined) return new ProblemError(...known);
  if (code.startsWith("HPE_"))
    return new ProblemError("request-malformed", "the bytes are no HTTP/1.1 request");
  return toProblemError(error);
}

/**
 * The HTTP layer tells what is wrong in its message alone. With a target that begins with a slash nothing but the Host can
 * keep the two from being an address, and then it passes on the cause.
 */
function malformed({ message, cause }: RequestError): ProblemError {
  const host = /host header/i.test(message) || (message === "Invalid URL" && cause !== undefined);
  return host
    ? new ProblemError("host-refused", "the Host header is not the name of a host")
    : new ProblemError("path-not-canonical", "the request target is not in its normal form");
}
