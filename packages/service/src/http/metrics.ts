import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

/**
 * The metrics of one service. Every label is bounded: routes are rows of the route table or `unmatched`, codes
 * are rows of the problem table, so no caller can add a series.
 */
export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #requests: Counter<"route" | "status">;
  readonly #duration: Histogram<"route">;
  readonly #problems: Counter<"code">;

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    this.#requests = new Counter({
      name: "sigil_http_requests_total",
      help: "Requests answered, by route and status class.",
      labelNames: ["route", "status"],
      registers,
    });
    this.#duration = new Histogram({
      name: "sigil_http_request_duration_seconds",
      help: "Time from the first look at a request to its answer.",
      labelNames: ["route"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers,
    });
    this.#problems = new Counter({
      name: "sigil_problems_total",
      help: "Problems answered, by code.",
      labelNames: ["code"],
      registers,
    });
  }

  /** Counts one answer. `code` is the problem's, if it is one. */
  observe(route: string, status: number, seconds: number, code: string | undefined): void {
    this.#requests.inc({ route, status: `${Math.floor(status / 100)}xx` });
    this.#duration.observe({ route }, seconds);
    if (code !== undefined) this.#problems.inc({ code });
  }

  /** The exposition text and its content type. */
  async expose(): Promise<{ text: string; contentType: string }> {
    return { text: await this.registry.metrics(), contentType: this.registry.contentType };
  }
}
