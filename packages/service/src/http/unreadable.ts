import { RequestError } from "@hono/node-server";
import { PROBLEM_MEDIA_TYPE, ProblemError, problemBody, toProblemError } from "@sigil/wire";
import type { Logger } from "../logger.ts";
import type { ServiceMetrics } from "./metrics.ts";
import { SECURITY_HEADERS } from "./reply.ts";
import { requestIdOf } from "./trace.ts";

/**
 * The answer to what the HTTP layer could not make a request of: a target that is no path (an asterisk, a backslash,
 * another scheme), a Host that is no name. Nobody was asked and nothing was routed; the caller's text is in neither the answer
 * nor the log.
 */
export function unreadable(
  parts: { readonly metrics: ServiceMetrics; readonly logger: Logger },
  error: unknown,
): Response {
  const known = error instanceof RequestError ? malformed(error) : toProblemError(error);
  const body = problemBody(known.code, known.detail, known.extras);
  const requestId = requestIdOf(undefined);
  parts.metrics.observe("unmatched", body.status, 0, known.code);
  const line = { requestId, route: "unmatched", status: body.status, code: known.code };
  if (body.status >= 500) parts.logger.error({ ...line, err: error }, "request");
  else parts.logger.info(line, "request");
  const headers = { ...SECURITY_HEADERS, "content-type": PROBLEM_MEDIA_TYPE, "x-request-id": requestId };
  return new Response(JSON.stringify(body), { status: body.status, headers });
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
