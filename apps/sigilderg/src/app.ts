import {
  type Config,
  createService,
  type LoadedConfig,
  type Logger,
  type RuntimeKey,
  type RuntimeValue,
  registryEntry,
  type Service,
  type ServiceKeys,
  serviceUrl,
  startValue,
} from "@sigil/service";
import { admitCaller } from "./admission.ts";
import { CallerLimits } from "./caller-limits.ts";
import { type ControlPlane, joinControlPlane } from "./control-plane.ts";
import type { DevelopmentBypass } from "./development-bypass.ts";
import type { Admitted } from "./domain/admitted.ts";
import { pinnedKeys } from "./domain/credentials/pinned-keys.ts";
import type { PinnedTrust } from "./domain/credentials/pinned-trust.ts";
import { told } from "./domain/decisions/told.ts";
import { type DueCommands, recordDue } from "./domain/due-commands.ts";
import type { ViolationLimit } from "./domain/force/violations.ts";
import type { LlmClient } from "./domain/llm/endpoint.ts";
import type { PeerMetrics } from "./domain/peer-metrics.ts";
import { type Check, Readiness } from "./domain/readiness.ts";
import type { Store } from "./domain/records/store.ts";
import { leaveFailed, orFailed } from "./domain/records/transaction.ts";
import { type Timed, traced } from "./domain/runs/call-trace.ts";
import type { ModuleHost } from "./domain/runs/module-host.ts";
import { Measures } from "./measures.ts";
import { auditRoutes } from "./routes/audit.ts";
import { canonRoutes } from "./routes/canon.ts";
import { chainRoutes } from "./routes/chains.ts";
import { clientKeyRoutes } from "./routes/client-keys.ts";
import { configRoutes } from "./routes/config.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { erasureRoutes } from "./routes/erasures.ts";
import { hostRoutes } from "./routes/host.ts";
import { issuerRoutes } from "./routes/issuers.ts";
import { keyRoutes } from "./routes/keys.ts";
import { licenceRoutes } from "./routes/licences.ts";
import { lockdownRoutes } from "./routes/lockdown.ts";
import { logRoutes } from "./routes/log.ts";
import { memoryRoutes } from "./routes/memory.ts";
import { moduleRoutes } from "./routes/modules.ts";
import { policyRoutes } from "./routes/policy.ts";
import { proposalRoutes } from "./routes/proposals.ts";
import { publisherRoutes } from "./routes/publishers.ts";
import { referenceRoutes } from "./routes/reference.ts";
import { runRoutes } from "./routes/runs.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { staticRoutes } from "./routes/static.ts";

export interface AppParts {
  readonly config: Config;
  /** Where each setting came from. */
  readonly origins: LoadedConfig["origins"];
  readonly version: string;
  readonly keys: ServiceKeys<"sigilderg">;
  readonly trust: PinnedTrust;
  readonly logger: Logger;
  /** Commands that ran on this machine and whose decisions are to be recorded. */
  readonly due: DueCommands;
  /** Of a development build that was told to, see `developmentBypass`. */
  readonly bypass?: DevelopmentBypass | undefined;
  readonly llm: LlmClient;
  /** The services behind, once there is somebody to tell how long their answers take. */
  readonly connect: (timed: (peer: string) => Timed) => {
    readonly store: Store;
    readonly host: ModuleHost;
    readonly storeCheck: Check;
    readonly hostCheck: Check;
    readonly metrics: PeerMetrics;
  };
}

/** The control plane as a service that does not listen yet. */
export interface App {
  readonly service: Service<Admitted>;
  readonly plane: ControlPlane;
  readonly readiness: Readiness;
}

/** Joins domain and routes. Throws when a route of this service is left without a handler on `serve`. */
export function createApp(parts: AppParts): App {
  const { config, version, keys, logger } = parts;
  const trust = parts.trust.current;
  const service: Service<Admitted> = createService({
    name: "sigilderg",
    ...{ version, config, keys, logger },
    policy: () => plane.projection.policy.digest,
    readiness: () => {
      // What waits for the store is known here at any moment: a door that refuses for it is never green.
      const red = [...readiness.reasons, ...unrecorded(plane)];
      return {
        ready: red.length === 0,
        reasons: [
          ...red,
          ...lockdownNotice(plane),
          ...refusedNotice(parts.due),
          ...ceremonyNotice(parts.trust),
        ],
      };
    },
    around: traced,
    admit: (request) => admitCaller(admission, request),
    clients: (kid) => plane.projection.clients.find(kid, Date.now()),
    unserved: ({ made, undone }, code) => {
      undone();
      return leaveFailed(plane, made, code);
    },
  });
  const measures = new Measures(service.metrics, logger);
  const { store, host, storeCheck, hostCheck, metrics } = parts.connect((peer) => measures.timed(peer));
  const plane: ControlPlane = joinControlPlane({
    store,
    host,
    llm: parts.llm,
    llmEndpoints: config.llm.endpoints,
    trust,
    key: keys.service,
    hostKid: registryEntry(keys.registry, "mmf", "service").kid,
    chainKeys: pinnedKeys(trust.keys.mmf),
    violationLimit: () => violationLimit(inForce),
    observer: measures,
  });
  measures.watch(plane);
  /** A setting as it is in force: as a record set it, or else as it was at the start. */
  const inForce = (key: RuntimeKey) => plane.projection.settings.values[key] ?? startValue(config, key);
  const limits = new CallerLimits((of) => Number(inForce(`sigilderg.rate_${of}`)));
  const admission = { ...plane, limits, bypass: parts.bypass };
  parts.trust.follow(() => plane.projection.governance.witnesses.ceremony?.hash);
  const due = dueRecorder({
    ...{
      gate: plane.gate,
      projection: plane.projection,
      store,
      key: keys.service,
      now: plane.now,
      due: parts.due,
    },
    alarm: (code, detail) => logger.error({ code, detail }, "a command ran that the records do not allow"),
  });
  const readiness = new Readiness({
    store: storeCheck,
    others: [hostCheck, due.check],
    synchronise: async () => {
      await plane.synchronise();
      await due.record();
    },
    failed: (err) => logger.error({ err, code: "store-not-read" }, "the records could not be read"),
  });
  const answers: Service<Admitted> = {
    ...service,
    route: (id, handler) =>
      service.route(id, async (request) => {
        const { admitted } = request;
        if (admitted === undefined) return await handler(request);
        const { made, undone } = admitted;
        try {
          return await told(made, request.decided, () => {
            try {
              plane.gate.requireUnlocked(made);
            } catch (error) {
              return orFailed(plane, made, () => Promise.reject(error));
            }
            return handler(request);
          });
        } catch (error) {
          undone();
          throw error;
        }
      }),
  };
  staticRoutes(answers, plane, { trust: parts.trust, registry: keys.registry, metrics });
  referenceRoutes(answers, plane, {
    version,
    url: serviceUrl(config, "sigilderg"),
    securityContact: () => String(inForce("sigilderg.security_contact")),
  });
  logRoutes(answers, plane);
  keyRoutes(answers, plane);
  clientKeyRoutes(answers, plane);
  publisherRoutes(answers, plane);
  issuerRoutes(answers, plane);
  licenceRoutes(answers, plane);
  sessionRoutes(answers, plane);
  lockdownRoutes(answers, plane);
  memoryRoutes(answers, plane);
  erasureRoutes(answers, plane);
  canonRoutes(answers, plane);
  chainRoutes(answers, plane);
  decisionRoutes(answers, plane);
  auditRoutes(answers, plane);
  policyRoutes(answers, plane);
  proposalRoutes(answers, plane);
  configRoutes(answers, plane, parts);
  moduleRoutes(answers, plane);
  runRoutes(answers, plane);
  hostRoutes(answers, plane);
  return { service, plane, readiness };
}

/** How many violations suspend a module, by the settings in force. */
function violationLimit(inForce: (key: RuntimeKey) => RuntimeValue): ViolationLimit {
  const [violations, hours] = [
    inForce("sigilderg.module_violations"),
    inForce("sigilderg.module_violation_hours"),
  ];
  return { violations: Number(violations), hours: Number(hours) };
}

/** Lockdown is no reason to be red: what it leaves open is served. It says nothing of who or why. */
function lockdownNotice({ projection }: Pick<ControlPlane, "projection">): Readiness["reasons"] {
  const { inForce } = projection.lockdown;
  if (inForce === undefined) return [];
  const detail = `in lockdown since ${inForce.since}: only reads go on until a Root leaves it with \`sigil lockdown leave\``;
  return [{ code: "locked-down", detail }];
}

/** Votes count all the same; but what is exported now does not verify until trust.json pins the ceremony. */
function ceremonyNotice(trust: PinnedTrust): Readiness["reasons"] {
  if (!trust.behind || trust.renew()) return [];
  const detail =
    "trust.json does not pin the ceremony that the records hold: the store writes it with its next record or start; see its log";
  return [{ code: "ceremony-not-pinned", detail }];
}

/**
 * Records what is due: at a start before anybody is admitted, then with every check, because a backup is made beside a
 * running control plane. Red while the store does not take it.
 */
function dueRecorder(parts: Parameters<typeof recordDue>[0]): { record: () => Promise<void>; check: Check } {
  let read = false;
  return {
    async record() {
      await recordDue(parts);
      read = true;
    },
    async check() {
      if (!read) return undefined;
      try {
        await recordDue(parts);
        return undefined;
      } catch {
        const detail = "decisions about commands of this machine wait for a store that does not take them";
        return { code: "audit-unavailable", detail };
      }
    },
  };
}

/** A command ran that the records do not allow: said until somebody has looked at it. */
function refusedNotice({ kept }: Pick<DueCommands, "kept">): Readiness["reasons"] {
  if (kept === 0) return [];
  const detail = `${kept} commands around the store ran that the records do not allow: look at decisions-due/*.refused in the home, and delete them then`;
  return [{ code: "command-not-allowed", detail }];
}

/** Red while decisions or the ends of runs wait for a store that does not take them. */
function unrecorded({
  batcher,
  unsettled,
}: Pick<ControlPlane, "batcher" | "unsettled">): Readiness["reasons"] {
  const decisions = `${batcher.queued} decisions wait for a store that does not take them`;
  const ends = `the ends of ${unsettled.size} runs wait to be recorded`;
  return [
    ...(batcher.failing ? [{ code: "audit-unavailable", detail: decisions }] : []),
    ...(unsettled.size > 0 ? [{ code: "runs-unsettled", detail: ends }] : []),
  ];
}
