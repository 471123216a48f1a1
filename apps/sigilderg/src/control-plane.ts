import type { TrustFile } from "@sigil/canon";
import type { SigningKey, VerifyKey } from "@sigil/crypto";
import type { LlmEndpoint } from "@sigil/wire";
import { AuditFeed } from "./domain/audit/audit-feed.ts";
import { SERVICE_AUTHORITY, SERVICE_PRINCIPAL } from "./domain/authority.ts";
import { type Clock, systemClock } from "./domain/clock.ts";
import { pinnedKeys } from "./domain/credentials/pinned-keys.ts";
import { Sessions } from "./domain/credentials/sessions.ts";
import { DecisionBatcher } from "./domain/decisions/decision-batcher.ts";
import { RecentBatches } from "./domain/decisions/decision-lookup.ts";
import { DenialCap } from "./domain/decisions/denial-cap.ts";
import { Gate, type GateObserver } from "./domain/decisions/gate.ts";
import { RequestRates } from "./domain/decisions/rates.ts";
import { RefusalReporter } from "./domain/decisions/refusal-reporter.ts";
import { RefusalTally } from "./domain/decisions/refusals.ts";
import type { ViolationLimit } from "./domain/force/violations.ts";
import { Llm } from "./domain/llm/complete.ts";
import type { LlmClient } from "./domain/llm/endpoint.ts";
import { endpointsInForce } from "./domain/llm/in-force.ts";
import { spentSince } from "./domain/llm/spending.ts";
import { Lockdowns } from "./domain/lockdowns.ts";
import type { ProposalEvent } from "./domain/quorum/parts.ts";
import { Cursors } from "./domain/records/cursors.ts";
import { batchDraft, decisionDraft } from "./domain/records/drafts.ts";
import { Exports } from "./domain/records/exports.ts";
import { Projection } from "./domain/records/projection.ts";
import type { Store } from "./domain/records/store.ts";
import { HostCalls } from "./domain/runs/host-calls.ts";
import type { ModuleHost } from "./domain/runs/module-host.ts";
import { OpenRuns } from "./domain/runs/open-runs.ts";
import { closeAbandonedRuns } from "./domain/runs/recovery.ts";
import { Runs } from "./domain/runs/runs.ts";
import { Unsettled } from "./domain/runs/unsettled.ts";
import { Turns } from "./domain/turns.ts";

/**
 * How long a run may stay open: the ceiling of wall time, the minute that it may spend inside `llm.complete` beside it, and what
 * it takes around both. Milliseconds.
 */
export const RUN_OPEN_MS = 135_000;

/** Runs that may be open together, waiting for a runner included. */
export const OPEN_RUN_LIMIT = 32;

export interface ControlPlaneParts {
  readonly store: Store;
  readonly host: ModuleHost;
  readonly llm: LlmClient;
  /** The endpoints that the settings of the start name; a record's come before them. */
  readonly llmEndpoints: readonly LlmEndpoint[];
  readonly trust: TrustFile;
  /** The control plane's service key: it signs decisions, outcomes and grants. */
  readonly key: SigningKey;
  /** kid of the module host's service key. */
  readonly hostKid: string;
  readonly chainKeys: ReadonlyMap<string, VerifyKey>;
  readonly violationLimit: () => ViolationLimit;
  readonly observer: GateObserver & { unlanded(error: unknown): void; watched(event: ProposalEvent): void };
  readonly now?: Clock;
}

/** The parts of a running control plane, joined. */
export interface ControlPlane {
  readonly store: Store;
  readonly host: ModuleHost;
  readonly key: SigningKey;
  readonly now: Clock;
  readonly projection: Projection;
  readonly violationLimit: () => ViolationLimit;
  readonly gate: Gate;
  /** What is checked against the records and then written takes one turn after the other. */
  readonly turns: Turns;
  /** Told what happens to proposals. */
  readonly watched: (event: ProposalEvent) => void;
  readonly cursors: Cursors;
  readonly sessions: Sessions;
  readonly open: OpenRuns;
  readonly runs: Runs;
  /** The module host's keys, which sign chains. */
  readonly chainKeys: (kid: string) => VerifyKey | undefined;
  /** The control plane's own keys, by kid: whose outcomes bind held runs. */
  readonly ownKeys: ReadonlyMap<string, VerifyKey>;
  readonly hostCalls: HostCalls;
  readonly lockdowns: Lockdowns;
  readonly batcher: DecisionBatcher;
  readonly recent: RecentBatches;
  readonly feed: AuditFeed;
  readonly exports: Exports;
  readonly unsettled: Unsettled;
  readonly reporter: RefusalReporter;
  /** Reads the records again; the first time it also ends what the last process left open. */
  synchronise(): Promise<void>;
  /** Lands what waits. */
  close(): Promise<void>;
}

export function joinControlPlane(parts: ControlPlaneParts): ControlPlane {
  const { store, host, trust, key, observer } = parts;
  const now = parts.now ?? systemClock;
  const projection = new Projection(trust);
  const recent = new RecentBatches();
  const tally = new RefusalTally(now());
  const reporter = new RefusalReporter(store, tally, now);
  const unsettled = new Unsettled(store, {
    landed: ({ records }, result) => projection.follow(records, result.records),
  });
  const open = new OpenRuns(OPEN_RUN_LIMIT);
  const batcher = new DecisionBatcher({
    compose: (decisions) => batchDraft(decisions, now(), key),
    land: async (records) => {
      const idempotency = { principal: SERVICE_PRINCIPAL, key: records[0]?.id ?? "" };
      await store.append({ records, idempotency }, SERVICE_AUTHORITY);
    },
    landed: (draft, decisions) => recent.add(draft.id, decisions),
    failed: (error) => observer.unlanded(error),
  });
  const gate = new Gate({
    projection,
    batcher,
    tally,
    denials: new DenialCap(),
    rates: new RequestRates(),
    land: (records) => store.append({ records }, SERVICE_AUTHORITY),
    compose: (made) => decisionDraft(made, key),
    observer,
    now,
  });
  const chainKeys = (kid: string) => parts.chainKeys.get(kid);
  const runs = new Runs({
    ...{ store, host, projection, open, unsettled, key, now, chainKeys },
    violationLimit: parts.violationLimit,
    hostKid: parts.hostKid,
    openMs: RUN_OPEN_MS,
  });
  const turns = new Turns();
  let recovered = false;
  return {
    turns,
    watched: (event) => observer.watched(event),
    violationLimit: parts.violationLimit,
    cursors: new Cursors(key),
    sessions: new Sessions(),
    ...{
      store,
      host,
      key,
      now,
      projection,
      gate,
      open,
      runs,
      chainKeys,
      batcher,
      recent,
      unsettled,
      reporter,
    },
    ownKeys: pinnedKeys(trust.keys.sigilderg),
    feed: new AuditFeed(store),
    exports: new Exports({ store, key, now }),
    lockdowns: new Lockdowns({ store, projection, open, key, now, turns }),
    hostCalls: new HostCalls({
      ...{ gate, runs: open, store, projection, now },
      llm: new Llm({
        client: parts.llm,
        endpoints: () => endpointsInForce(projection, parts.llmEndpoints),
        spentSince: spentSince(store),
        now,
      }),
    }),
    async synchronise() {
      // Before the first rebuild nobody is admitted, so every run without an outcome is one of the last process.
      if (!recovered) await closeAbandonedRuns(store, { key, now, openMs: RUN_OPEN_MS });
      recovered = true;
      await projection.rebuild(store);
    },
    async close() {
      await unsettled.settle();
      unsettled.close();
      await reporter.close();
      await batcher.close();
    },
  };
}
