import type { ActionRow } from "@sigil/policy";
import { type Config, Limiter, type Taken } from "@sigil/service";

/** Limits of one principal for each class of actions: what changes nothing, what is durable, and what only Root does. */
export class CallerLimits {
  readonly #read: Limiter;
  readonly #write: Limiter;
  readonly #govern: Limiter;

  constructor(quotas: Pick<Config["sigilderg"], "rate_read" | "rate_write" | "rate_govern">) {
    this.#read = new Limiter({ policy: "read", quota: quotas.rate_read });
    this.#write = new Limiter({ policy: "write", quota: quotas.rate_write });
    this.#govern = new Limiter({ policy: "govern", quota: quotas.rate_govern });
  }

  /** Counts one request of a principal for the action of a row at `now`, milliseconds. */
  take(row: ActionRow | undefined, principal: string, now: number): Taken {
    return this.#of(row).take(principal, now);
  }

  #of(row: ActionRow | undefined): Limiter {
    if (row?.recorded !== "durable") return this.#read;
    return row.least === "Root" ? this.#govern : this.#write;
  }
}
