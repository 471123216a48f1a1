import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebStream } from "node:stream/web";
import type { RouteRow } from "@sigil/wire";
import { Plain } from "./connection.ts";
import { Exchange, type ExchangeParts } from "./exchange.ts";
import type { AnyHandler } from "./handler.ts";
import { arrived } from "./incoming.ts";

/** How long what is left of a body that was refused may still arrive before its connection ends, in milliseconds. */
const UNREAD_MS = 500;

/**
 * Requests to one plain path, answered without a Request and a Response between Node and the exchange, which cost a third of a
 * small answer. Only the exact bytes of a path without parameters are taken, asked for at a plain Host; every other
 * spelling goes the long way and is judged there. Both end in the same `Exchange`.
 */
export class DirectRoutes {
  readonly #parts: ExchangeParts;
  readonly #rows = new Map<string, { readonly row: RouteRow; readonly handler: AnyHandler }>();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Takes a route with a plain path and an answer of a shape; any other is left alone. */
  add(row: RouteRow, handler: AnyHandler): void {
    if (row.response !== undefined && !row.path.includes(":"))
      this.#rows.set(`${row.method} ${row.path}`, { row, handler });
  }

  /** Answers a request, unless it is not one of these. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    // Not `incoming.headers`, which would be made of every header.
    const [host = ""] = arrived(incoming).headers("host");
    if (!PLAIN_HOST.test(host)) return false;
    const url = incoming.url ?? "";
    const query = url.indexOf("?");
    const found = this.#rows.get(`${incoming.method} ${query < 0 ? url : url.slice(0, query)}`);
    if (found === undefined || (query >= 0 && !PLAIN_QUERY.test(url))) return false;
    void new Exchange(this.#parts, new Plain(incoming, outgoing), found.row)
      .run(found.handler)
      .then(({ status, headers, body }) => {
        outgoing.writeHead(status, headers);
        // A source that fails cuts the connection, so that no part passes for the whole.
        if (body instanceof ReadableStream) return pipeline(Readable.fromWeb(body as WebStream), outgoing);
        outgoing.end(body);
        if (!incoming.complete) outgoing.once("finish", () => endUnread(incoming));
      })
      // What fails here failed after the last place that could answer.
      .catch((error: Error) => outgoing.destroy(error));
    return true;
  }
}

/** Takes what is still sent of a body that nobody wants, so that its sender can read the answer, and then hangs up. */
function endUnread(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  const timer = setTimeout(() => incoming.socket.destroySoon(), UNREAD_MS);
  timer.unref();
  incoming.once("close", () => clearTimeout(timer)).resume();
}

const PLAIN_HOST = /^[a-z0-9.-]+(:\d{1,5})?$/i;
const PLAIN_QUERY = /^[A-Za-z0-9/._-]+\?[A-Za-z0-9=&._~%:*-]*$/;
