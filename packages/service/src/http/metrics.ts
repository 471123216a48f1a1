import { Counter, collectDefaultMetrics, type Metric, Registry } from "prom-client";

/** Upper bounds in seconds of the buckets that requests are counted in. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** What is counted of one route. */
interface RouteCounts {
  /** By status class, `2xx` at 2. */
  readonly statuses: (number | undefined)[];
  /** By bucket; the last holds what took longer than every bound. */
  readonly buckets: number[];
  seconds: number;
}

/**
 * The metrics of one service. Every label is bounded: routes are rows of the route table or `unmatched`, codes
 * are rows of the problem table, so no caller can add a series.
 */
export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #routes = new Map<string, RouteCounts>();
  readonly #problems: Counter<"code">;

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    // Counted here and given to the registry when it is asked: it makes a text of the labels for each number that it is told.
    const routes = this.#routes;
    new Counter({
      name: "sigil_http_requests_total",
      help: "Requests answered, by route and status class.",
      labelNames: ["route", "status"],
      registers,
      collect() {
        this.reset();
        for (const [route, { statuses }] of routes)
          for (const [status, count] of statuses.entries())
            if (count !== undefined) this.inc({ route, status: `${status}xx` }, count);
      },
    });
    this.registry.registerMetric(new RequestDurations(routes) as unknown as Metric);
    this.#problems = new Counter({
      name: "sigil_problems_total",
      help: "Problems answered, by code.",
      labelNames: ["code"],
      registers,
    });
  }

  /** Counts one answer. `code` is the problem's, if it is one. */
  observe(route: string, status: number, seconds: number, code: string | undefined): void {
    const counts = this.#countsOf(route);
    const at = Math.floor(status / 100);
    counts.statuses[at] = (counts.statuses[at] ?? 0) + 1;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    const place = bucket < 0 ? BUCKETS.length : bucket;
    counts.buckets[place] = (counts.buckets[place] ?? 0) + 1;
    counts.seconds += seconds;
    if (code !== undefined) this.#problems.inc({ code });
  }

  #countsOf(route: string): RouteCounts {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    const fresh = { statuses: [], buckets: Array<number>(BUCKETS.length + 1).fill(0), seconds: 0 };
    this.#routes.set(route, fresh);
    return fresh;
  }

  /** The exposition text and its content type. */
  async expose(): Promise<{ text: string; contentType: string }> {
    return { text: await this.registry.metrics(), contentType: this.registry.contentType };
  }
}

/** The histogram of durations by route, as prom-client asks a metric for its values. */
class RequestDurations {
  readonly name = "sigil_http_request_duration_seconds";
  readonly help = "Time from the first look at a request to its answer.";
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly #routes: ReadonlyMap<string, RouteCounts>;

  constructor(routes: ReadonlyMap<string, RouteCounts>) {
    this.#routes = routes;
  }

  get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#routes].flatMap(([route, { buckets, seconds }]) => {
      let count = 0;
      const bounds = buckets.map((each, at) => {
        count += each;
        return { metricName: `${name}_bucket`, labels: { le: BUCKETS[at] ?? "+Inf", route }, value: count };
      });
      return [
        ...bounds,
        { metricName: `${name}_sum`, labels: { route }, value: seconds },
        { metricName: `${name}_count`, labels: { route }, value: count },
      ];
    });
    return { name, help, type, aggregator, values };
  }
}
