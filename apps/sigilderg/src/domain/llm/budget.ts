import { type LlmEndpoint, ProblemError } from "@sigil/wire";
import type { Clock } from "../clock.ts";

/** Tokens that a text of so many bytes of UTF-8 is taken for: more than any usual tokenizer makes of it. */
export function estimatedTokens(bytes: number): number {
  return Math.ceil(bytes / 3);
}

/** What was spent at an endpoint, as `run.calls` says. */
export interface Spending {
  readonly endpoint: string;
  readonly tokens: number;
}

/** All that runs spent since a moment (RFC 3339), from the records. */
export type SpentSince = (since: string) => AsyncIterable<Spending>;

/** What one call may use, held until it is known what it used. */
export interface Held {
  settle(tokens: number): void;
}

/**
 * The tokens of runs and of days (UTC). What a call may use is held before it leaves, so that calls side by side cannot use the
 * same tokens. After a start the day so far is read from `run.calls`; a run that was stopped has none and counts until then only.
 */
export class TokenBudget {
  readonly #now: Clock;
  readonly #since: SpentSince;
  readonly #runs = new WeakMap<object, Map<string, number>>();
  #day = "";
  #spent: Promise<Map<string, number>> = Promise.resolve(new Map());

  constructor(parts: { readonly now: Clock; readonly spentSince: SpentSince }) {
    this.#now = parts.now;
    this.#since = parts.spentSince;
  }

  /** @throws ProblemError `llm-budget` when run or day would go over the endpoint's budget */
  async hold(run: object, endpoint: LlmEndpoint, tokens: number): Promise<Held> {
    const day = await this.#today();
    const ofRun = this.#runs.get(run) ?? new Map<string, number>();
    this.#runs.set(run, ofRun);
    const { name } = endpoint;
    const meters = [
      { spent: ofRun, most: endpoint.tokens_per_run, of: "this run" },
      { spent: day, most: endpoint.tokens_per_day, of: "this day" },
    ];
    for (const { spent, most, of } of meters) {
      const before = spent.get(name) ?? 0;
      if (before + tokens <= most) continue;
      throw new ProblemError(
        "llm-budget",
        `the call may use ${tokens} tokens; ${of} has used ${before} of ${most} at ${name}`,
      );
    }
    const add = (more: number) => {
      for (const { spent } of meters) spent.set(name, (spent.get(name) ?? 0) + more);
    };
    add(tokens);
    return { settle: (used) => add(used - tokens) };
  }

  #today(): Promise<Map<string, number>> {
    const day = this.#now().slice(0, 10);
    if (day === this.#day) return this.#spent;
    const first = this.#day === "";
    this.#day = day;
    // Only a start finds a day that others have spent of.
    this.#spent = first ? this.#read(`${day}T00:00:00.000Z`) : Promise.resolve(new Map());
    this.#spent.catch(() => {
      this.#day = "";
    });
    return this.#spent;
  }

  async #read(since: string): Promise<Map<string, number>> {
    const spent = new Map<string, number>();
    for await (const { endpoint, tokens } of this.#since(since))
      spent.set(endpoint, (spent.get(endpoint) ?? 0) + tokens);
    return spent;
  }
}
