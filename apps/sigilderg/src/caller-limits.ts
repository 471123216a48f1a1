import type { ActionRow } from "@sigil/policy";
import { Limiter, type Taken } from "@sigil/service";

const CLASSES = ["read", "write", "govern"] as const;
type Class = (typeof CLASSES)[number];

/** Requests a minute of one principal for each class, as they are in force now. */
export type Quotas = (of: Class) => number;

/** Limits of one principal for each class of actions: what changes nothing, what is durable, and what only Root does. */
export class CallerLimits {
  readonly #quotas: Quotas;
  readonly #limiters: Readonly<Record<Class, Limiter>>;

  constructor(quotas: Quotas) {
    this.#quotas = quotas;
    const limiter = (policy: Class) => new Limiter({ policy, quota: quotas(policy) });
    this.#limiters = { read: limiter("read"), write: limiter("write"), govern: limiter("govern") };
  }

  /** Counts one request of a principal for the action of a row at `now`, milliseconds. */
  take(row: ActionRow | undefined, principal: string, now: number): Taken {
    const of = classOf(row);
    const limiter = this.#limiters[of];
    limiter.quota = this.#quotas(of);
    return limiter.take(principal, now);
  }
}

function classOf(row: ActionRow | undefined): Class {
  if (row?.recorded !== "durable") return "read";
  return row.least === "Root" ? "govern" : "write";
}
