import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

export type Bindings = { Bindings: HttpBindings };

/** One request where it came in, and where its answer goes. */
export interface Connection {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Parameters of the path, decoded. */
  readonly params: () => Readonly<Record<string, string>>;
  /** Aborts when the caller goes away. */
  readonly signal: () => AbortSignal;
}

/** A request that Hono has routed. */
export function routed(context: Context<Bindings>): Connection {
  const { incoming, outgoing } = context.env;
  return { incoming, outgoing, params: () => context.req.param(), signal: () => context.req.raw.signal };
}

/** A request to a path without parameters. Most ask for no signal, and pay for none. */
export class Plain implements Connection {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  #gone: AbortController | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  params(): Readonly<Record<string, string>> {
    return {};
  }

  signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController();
      this.outgoing.once("close", () => {
        if (!this.outgoing.writableFinished) gone.abort();
      });
      if (this.outgoing.destroyed) gone.abort();
      this.#gone = gone;
    }
    return this.#gone.signal;
  }
}
