import { CanonError } from "@sigil/canon";
import { errors } from "undici";
import { WireError } from "../error.ts";
import { NotProved } from "./slot.ts";

/** System and undici codes of a connection that was not made or did not hold. */
const LOST = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
]);

/** A failed exchange with a peer as a WireError of the closed list; anything else is a bug and stays what it is. */
export function callError(
  error: unknown,
  call: { peer: string; timeout: AbortSignal; caller: AbortSignal | undefined },
): unknown {
  const { peer } = call;
  if (call.caller?.aborted)
    return new WireError("peer-aborted", `the call to ${peer} was cancelled`, { cause: error });
  if (call.timeout.aborted) {
    return new WireError("peer-timeout", `${peer} did not answer within the deadline`, {
      cause: error,
      remedy: "Whether a write happened is unknown; repeat it under its idempotency key.",
    });
  }
  if (error instanceof WireError) return error;
  if (error instanceof CanonError) {
    return new WireError(
      "peer-response-invalid",
      `${peer} answered JSON that is not acceptable: ${error.code}`,
      { cause: error },
    );
  }
  if (error instanceof NotProved) {
    return new WireError("peer-unreachable", `${peer} closes every connection before it is used`, {
      cause: error,
    });
  }
  if (error instanceof errors.HTTPParserError) {
    return new WireError(
      "peer-response-invalid",
      `the process that answers for ${peer} does not speak HTTP`,
      { cause: error },
    );
  }
  if (isLost(error)) {
    return new WireError("peer-unreachable", `${peer} is not reachable: ${codeOf(error)}`, {
      cause: error,
      remedy: `Start ${peer}, or correct its address in sigil.toml.`,
    });
  }
  return error;
}

/** Whether the error says that there was no connection, or that it broke. */
export function isLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isLost);
  const code = codeOf(error);
  return code !== undefined && LOST.has(code);
}

export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}
