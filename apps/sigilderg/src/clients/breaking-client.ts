import {
  type CallArguments,
  type FramedRouteId,
  type FrameOf,
  type ResponseOf,
  type RouteId,
  type ServiceClient,
  WireError,
} from "@sigil/wire";

/** What is asked of a service behind: calls whose answers are whole, and streamed ones. */
export type PeerCalls = Pick<ServiceClient, "call" | "stream">;

/** Probes in a row without an answer until a peer counts as halted: one may be lost to a busy machine. */
const MISSES = 2;

/**
 * The client of a peer that nobody waits for while it is halted (there, and silent): closed → open at the second probe in a
 * row that ran into its deadline → closed at the first that is answered. While it is open every call is refused at once, with
 * `peer-halted`: nothing of it was sent. What is in flight with a signal of its own when it opens ends as `peer-timeout`: whether it
 * happened is unknown. A peer that is not there refuses its connections at once by itself.
 */
export class BreakingClient implements PeerCalls {
  readonly #client: PeerCalls;
  readonly #peer: string;
  #misses = 0;
  #halted = new AbortController();

  constructor(client: PeerCalls, peer: string) {
    this.#client = client;
    this.#peer = peer;
  }

  get open(): boolean {
    return this.#halted.signal.aborted;
  }

  /** Told of every probe: `undefined` for one that was answered, in whatever way. */
  probed(error: unknown): void {
    if (!(error instanceof WireError) || error.code !== "peer-timeout") {
      this.#misses = 0;
      if (this.open) this.#halted = new AbortController();
      return;
    }
    this.#misses += 1;
    if (this.#misses >= MISSES) this.#halted.abort();
  }

  async call<I extends RouteId>(id: I, input: CallArguments<I> = {}): Promise<ResponseOf<I>> {
    const halted = this.#requireClosed();
    const { signal } = input;
    // What has an ordinary deadline meets it about when this opens; what may take longer brings a signal of its own.
    const until = signal === undefined ? {} : { signal: AbortSignal.any([signal, halted]) };
    try {
      return await this.#client.call(id, { ...input, ...until });
    } catch (error) {
      throw this.#explained(error, input.signal, halted);
    }
  }

  async *stream<I extends FramedRouteId>(id: I, input: CallArguments<I> = {}): AsyncGenerator<FrameOf<I>> {
    const halted = this.#requireClosed();
    try {
      yield* this.#client.stream(id, { ...input, signal: either(input.signal, halted) });
    } catch (error) {
      throw this.#explained(error, input.signal, halted);
    }
  }

  #requireClosed(): AbortSignal {
    if (!this.open) return this.#halted.signal;
    throw new WireError(
      "peer-halted",
      `${this.#peer} is there and does not answer; it is asked again all the time`,
      {
        remedy: `Find out what holds ${this.#peer} up, or restart it; \`sigil status\` says when it answers.`,
      },
    );
  }

  #explained(error: unknown, caller: AbortSignal | undefined, halted: AbortSignal): unknown {
    if (!halted.aborted || caller?.aborted === true) return error;
    if (!(error instanceof WireError) || error.code !== "peer-aborted") return error;
    return new WireError("peer-timeout", `${this.#peer} stopped answering`, { cause: error });
  }
}

function either(caller: AbortSignal | undefined, halted: AbortSignal): AbortSignal {
  return caller === undefined ? halted : AbortSignal.any([caller, halted]);
}
