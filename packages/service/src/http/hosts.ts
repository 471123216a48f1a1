import { ProblemError } from "@sigil/wire";
import { type Arrived, single } from "./incoming.ts";

/** Whether an address, or the name of one to listen on, is of this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|::1)$/.test(host);
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * The Host header must be a loopback name or a configured one: a page that rebinds its own DNS name to this
 * machine still sends its own name. Throws `host-refused`.
 */
export function checkHost(request: Arrived, allowed: readonly string[]): void {
  const host = single(request, "host");
  const name = /^(\[[0-9a-fA-F:]+\]|[0-9A-Za-z._-]+)(:\d{1,5})?$/.exec(host ?? "")?.[1]?.toLowerCase();
  if (name !== undefined && (LOOPBACK.has(name) || allowed.some((other) => other.toLowerCase() === name)))
    return;
  throw new ProblemError("host-refused", "the Host header names neither loopback nor a configured host");
}
