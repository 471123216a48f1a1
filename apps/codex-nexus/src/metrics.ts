import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { CodexNexus } from "./domain/nexus.ts";
import type { StoreEvents } from "./domain/opening.ts";

/** What is measured of the store. No label comes from a caller. */
export class StoreMetrics {
  readonly #commits = new Histogram({
    name: "sigil_store_commit_duration_seconds",
    help: "Time of one transaction, from its begin to its sync.",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [],
  });
  readonly #batches = new Histogram({
    name: "sigil_store_batch_records",
    help: "Records that landed in one transaction.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [],
  });
  readonly #failures = new Counter({
    name: "sigil_store_failures_total",
    help: "Commits and anchor writes that failed.",
    labelNames: ["what"],
    registers: [],
  });
  readonly #damage = new Counter({
    name: "sigil_store_verify_failures_total",
    help: "Records and pages that did not verify when they were read, by the check that they failed.",
    labelNames: ["check"],
    registers: [],
  });

  /** The events of `next`, counted on their way. */
  counting(next: StoreEvents): StoreEvents {
    return {
      committed: (batch) => {
        this.#commits.observe(batch.seconds);
        this.#batches.observe(batch.records);
        next.committed(batch);
      },
      failed: (what, error) => {
        this.#failures.inc({ what });
        next.failed(what, error);
      },
      damaged: (error, at) => {
        // A code of the closed list, so that the labels are few.
        this.#damage.inc({ check: error.code });
        next.damaged(error, at);
      },
    };
  }

  /**
   * Adds everything to a service's registry; gauges are read from the store when somebody asks. `bytes` is the size of its
   * files.
   */
  register(registry: Registry, nexus: CodexNexus, bytes: () => number): void {
    for (const metric of [this.#commits, this.#batches]) registry.registerMetric(metric);
    registry.registerMetric(this.#failures);
    registry.registerMetric(this.#damage);
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    gauge("sigil_store_records", "Records in the log.", () => nexus.checkpoint.size);
    gauge("sigil_store_log_bytes", "Size of the database file and of its write-ahead log.", bytes);
    gauge("sigil_store_queued_records", "Records that wait for a commit.", () => nexus.queued);
    gauge(
      "sigil_store_anchor_behind_seconds",
      "How far the anchor is behind the log.",
      () => nexus.anchorBehind,
    );
    gauge("sigil_store_unwritable", "1 while commits fail.", () => (nexus.unwritable === undefined ? 0 : 1));
    gauge("sigil_store_alarm", "1 when the store is not the one that its anchor remembers.", () =>
      nexus.alarm === undefined ? 0 : 1,
    );
  }
}
