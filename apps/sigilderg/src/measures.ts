import type { Logger, ServiceMetrics } from "@sigil/service";
import { Counter, Gauge, Histogram } from "prom-client";
import type { ControlPlane } from "./control-plane.ts";
import { callTrace, type Timed } from "./domain/call-trace.ts";
import type { MadeDecision } from "./domain/decisions.ts";

/** What the control plane tells its operator: every decision and refusal, as a number and as a log line. */
export class Measures {
  readonly #logger: Logger;
  readonly #registry: ServiceMetrics["registry"];
  readonly #decisions: Counter<"action" | "verdict">;
  readonly #refusals: Counter<"code">;
  readonly #upstream: Histogram<"peer" | "outcome">;

  constructor(metrics: ServiceMetrics, logger: Logger) {
    this.#logger = logger;
    this.#registry = metrics.registry;
    const registers = [metrics.registry];
    this.#decisions = new Counter({
      name: "sigil_decisions_total",
      help: "Decisions about callers with a licence, by action and verdict.",
      labelNames: ["action", "verdict"],
      registers,
    });
    this.#refusals = new Counter({
      name: "sigil_refused_credentials_total",
      help: "Requests without an acceptable licence, by the precise reason that the caller is not told.",
      labelNames: ["code"],
      registers,
    });
    this.#upstream = new Histogram({
      name: "sigil_upstream_duration_seconds",
      help: "Time of calls to the services behind.",
      labelNames: ["peer", "outcome"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers,
    });
  }

  /** Gauges that read the parts when they are asked. */
  watch(plane: Pick<ControlPlane, "batcher" | "exports" | "open" | "unsettled">): void {
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    gauge(
      "sigil_decisions_queued",
      "Batched decisions that wait to be recorded.",
      () => plane.batcher.queued,
    );
    gauge("sigil_runs_open", "Module runs that are open.", () => plane.open.size);
    gauge("sigil_exports_open", "Exports that their callers are reading.", () => plane.exports.open);
    gauge("sigil_runs_unsettled", "Ends of runs that wait to be recorded.", () => plane.unsettled.size);
  }

  readonly decided = ({ id, body }: MadeDecision): void => {
    const { action, verdict, principal, reasons, run } = body;
    this.#decisions.inc({ action, verdict });
    const codes = reasons.map(({ code }) => code);
    if (verdict === "deny")
      this.#logger.warn({ ...callTrace(), decision: id, action, principal, codes, run }, "denied");
    else this.#logger.debug({ ...callTrace(), decision: id, action, principal, run }, "allowed");
  };

  readonly refused = (code: string, detail: string): void => {
    this.#refusals.inc({ code });
    this.#logger.info({ ...callTrace(), code, detail }, "credential refused");
  };

  readonly unlanded = (err: unknown): void => {
    this.#logger.error(
      { err, code: "audit-unavailable" },
      "decisions could not be recorded; nothing is allowed until they can",
    );
  };

  /** How long calls to `peer` take. */
  timed(peer: string): Timed {
    return async (call) => {
      const end = this.#upstream.startTimer({ peer });
      try {
        const result = await call();
        end({ outcome: "ok" });
        return result;
      } catch (error) {
        end({ outcome: "failed" });
        throw error;
      }
    };
  }
}
