import type { IncomingMessage, ServerResponse } from "node:http";
import type { RouteRow } from "@sigil/wire";
import { Plain } from "./connection.ts";
import { Exchange, type ExchangeParts } from "./exchange.ts";
import type { AnyHandler } from "./handler.ts";
import { arrived } from "./incoming.ts";

/**
 * Reads of one plain path, answered without a Request and a Response between Node and the exchange, which cost a third of such an
 * answer. Only the exact bytes of a path without parameters are taken, asked for with GET at a plain Host; every other
 * spelling goes the long way and is judged there. Both end in the same `Exchange`.
 */
export class DirectReads {
  readonly #parts: ExchangeParts;
  readonly #rows = new Map<string, { readonly row: RouteRow; readonly handler: AnyHandler }>();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Takes a route whose answer is one piece; any other is left alone. */
  add(row: RouteRow, handler: AnyHandler): void {
    if (row.method === "GET" && row.response !== undefined && !row.path.includes(":"))
      this.#rows.set(row.path, { row, handler });
  }

  /** Answers a request, unless it is not one of these. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    // Not `incoming.headers`, which would be made of every header.
    const [host = ""] = arrived(incoming).headers("host");
    if (incoming.method !== "GET" || !PLAIN_HOST.test(host)) return false;
    const url = incoming.url ?? "";
    const query = url.indexOf("?");
    const found = this.#rows.get(query < 0 ? url : url.slice(0, query));
    if (found === undefined || (query >= 0 && !PLAIN_QUERY.test(url))) return false;
    void new Exchange(this.#parts, new Plain(incoming, outgoing), found.row)
      .run(found.handler)
      .then(({ status, headers, body }) => {
        if (body instanceof ReadableStream) throw new Error("a stream was answered where one piece belongs");
        outgoing.writeHead(status, headers).end(body);
      })
      // What fails here failed after the last place that could answer.
      .catch((error: Error) => outgoing.destroy(error));
    return true;
  }
}

const PLAIN_HOST = /^[a-z0-9.-]+(:\d{1,5})?$/i;
const PLAIN_QUERY = /^[A-Za-z0-9/._-]+\?[A-Za-z0-9=&._~%:*-]*$/;
