import type { Logger, ServiceMetrics } from "@sigil/service";
import { Counter, Gauge, Histogram } from "prom-client";
import type { ControlPlane } from "./control-plane.ts";
import type { MadeDecision } from "./domain/decisions/decisions.ts";
import type { ProposalEvent } from "./domain/quorum/parts.ts";
import { callTrace, type Timed } from "./domain/runs/call-trace.ts";

/** What the control plane tells its operator: every decision and refusal, as a number and as a log line. */
export class Measures {
  readonly #logger: Logger;
  readonly #registry: ServiceMetrics["registry"];
  /** By action, then by verdict: as many as the table has. */
  readonly #decisions = new Map<string, { allow: number; deny: number }>();
  readonly #refusals: Counter<"code">;
  readonly #upstream: Histogram<"peer" | "outcome">;
  readonly #proposals: Counter<"event">;
  readonly #refusedProposals: Counter<"code">;
  readonly #quorum: Histogram<"end">;

  constructor(metrics: ServiceMetrics, logger: Logger) {
    this.#logger = logger;
    this.#registry = metrics.registry;
    const registers = [metrics.registry];
    const decisions = this.#decisions;
    new Counter({
      name: "sigil_decisions_total",
      help: "Decisions about callers with a licence, by action and verdict.",
      labelNames: ["action", "verdict"],
      registers,
      // Given over when it is asked for: the counter makes a text of its labels each time that it is told.
      collect() {
        this.reset();
        for (const [action, counts] of decisions)
          for (const verdict of ["allow", "deny"] as const)
            if (counts[verdict] > 0) this.inc({ action, verdict }, counts[verdict]);
      },
    });
    this.#refusals = new Counter({
      name: "sigil_refused_credentials_total",
      help: "Requests without an acceptable licence, by the precise reason that the caller is not told.",
      labelNames: ["code"],
      registers,
    });
    this.#proposals = new Counter({
      name: "sigil_proposals_total",
      help: "What happened to proposals.",
      labelNames: ["event"],
      registers,
    });
    this.#refusedProposals = new Counter({
      name: "sigil_proposals_refused_total",
      help: "Requests of witnesses and proposers that were refused, by the code of the problem.",
      labelNames: ["code"],
      registers,
    });
    this.#quorum = new Histogram({
      name: "sigil_proposal_duration_seconds",
      help: "Time from the creation of a proposal to the vote that settled it, and to its commit.",
      labelNames: ["end"],
      buckets: [1, 10, 60, 600, 3600, 21_600, 86_400, 259_200, 604_800, 2_592_000],
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
  watch(
    plane: Pick<ControlPlane, "batcher" | "exports" | "open" | "unsettled" | "projection" | "now">,
  ): void {
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
    const open = () => plane.projection.governance.waiting(plane.now());
    gauge("sigil_proposals_open", "Proposals that wait for votes or their commit.", () => open().length);
    gauge("sigil_proposals_oldest_seconds", "Age of the oldest proposal that waits.", () => {
      const [oldest] = open();
      return oldest === undefined
        ? 0
        : (Date.parse(plane.now()) - Date.parse(oldest.proposal.createdAt)) / 1000;
    });
    gauge("sigil_runs_open", "Module runs that are open.", () => plane.open.size);
    gauge("sigil_exports_open", "Exports that their callers are reading.", () => plane.exports.open);
    gauge("sigil_runs_unsettled", "Ends of runs that wait to be recorded.", () => plane.unsettled.size);
  }

  readonly decided = ({ id, body }: MadeDecision): void => {
    const { action, verdict, principal, reasons, run } = body;
    const counts = this.#decisions.get(action) ?? { allow: 0, deny: 0 };
    counts[verdict] += 1;
    this.#decisions.set(action, counts);
    if (verdict === "deny") {
      const codes = reasons.map(({ code }) => code);
      this.#logger.warn({ ...callTrace(), decision: id, action, principal, codes, run }, "denied");
    } else if (this.#logger.isLevelEnabled("debug")) {
      this.#logger.debug({ ...callTrace(), decision: id, action, principal, run }, "allowed");
    }
  };

  readonly refused = (code: string, detail: string): void => {
    this.#refusals.inc({ code });
    this.#logger.info({ ...callTrace(), code, detail }, "credential refused");
  };

  readonly watched = ({ type, seconds, code, proposal, action }: ProposalEvent): void => {
    if (type === "refused") {
      this.#refusedProposals.inc({ code: code ?? "internal" });
      this.#logger.info({ ...callTrace(), proposal, action, code }, "proposal refused");
      return;
    }
    this.#proposals.inc({ event: type });
    if (seconds !== undefined) this.#quorum.observe({ end: type }, seconds);
    const line = type === "entered" ? "quorum mode entered" : `proposal ${type}`;
    this.#logger.info({ ...callTrace(), proposal, action, seconds }, line);
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
