import { type Caller, compareLoa } from "@sigil/policy";
import { type PayloadOf, ProblemError, parseHostArguments } from "@sigil/wire";
import { chainLink } from "../chains/chains.ts";
import type { Clock } from "../clock.ts";
import { type MadeDecision, makeDecision } from "../decisions/decisions.ts";
import type { Gate } from "../decisions/gate.ts";
import { memoryBlock } from "../records/memory.ts";
import type { Projection } from "../records/projection.ts";
import { requireCapability } from "./capabilities.ts";
import type { StagedWrite } from "./open-runs.ts";
import type { RecordedRun } from "./recorded-run.ts";

export interface ResumeParts {
  readonly gate: Gate;
  readonly projection: Projection;
  readonly now: Clock;
}

/** Why a held run may not be resumed now; `reason` is what keeps it, and the code of the failed decision. */
export class ResumeRefused extends ProblemError {
  readonly reason: string;
  constructor(reason: string, detail: string) {
    super("resume-refused", `${reason}: ${detail}`, { missing: [detail] });
    this.reason = reason;
  }
}

/** What a resumed run writes, and the decision that lets it go on. */
export interface Resumed {
  readonly rerun: MadeDecision;
  readonly writes: readonly StagedWrite[];
}

type Held = PayloadOf<"run.held">;

/**
 * Decides a held run and each of its writes again, as things stand now: the module must be in force by that digest, its
 * principal must hold a licence that counts, and every decision falls under the lower of the run's level and the licence's.
 * @throws ResumeRefused
 */
export function resume(
  parts: ResumeParts,
  held: Held,
  run: RecordedRun,
  level: Caller["loa"],
  route: string,
): Resumed {
  const module = requireModule(parts, held);
  const caller = callerNow(parts, held, level);
  const { gate, now } = parts;
  const common = {
    facts: gate.facts(caller),
    policy: gate.policy,
    route,
    run: held.run,
    module: held.module,
  };
  const decide = (action: string, by: Caller) => {
    const made = makeDecision({ action, caller: by, ...common }, now());
    const [against] = made.outcome.reasons;
    if (made.outcome.verdict === "deny")
      throw new ResumeRefused(against?.code ?? "action-denied", against?.detail ?? `${action} is denied`);
    return made;
  };
  const rerun = decide("module.run", caller);
  const via = { ...caller, via: { module: held.module, loa: caller.loa } };
  const writes = held.writes.map(({ seq, id, loa }): StagedWrite => {
    const call = run.calls.find((each) => each.seq === seq);
    const ref = (call?.result as { ref?: unknown } | undefined)?.ref;
    if (call?.method !== "memory.write" || ref !== id) {
      throw new ProblemError(
        "record-damaged",
        `host call ${seq} of run ${held.run} is not the write that is held`,
      );
    }
    refusing(() => requireCapability(module.capabilities, "memory.write"));
    const { type, text, tags } = parseHostArguments("memory.write", call.args);
    const made = decide("memory.write", via);
    const block = { type, text, tags, visibility: "private", loa } as const;
    const links = [chainLink(held.chain)];
    return { seq, made, effect: { ...refusing(() => memoryBlock(made, block)), id, links } };
  });
  return { rerun, writes };
}

function requireModule({ projection: { modules } }: ResumeParts, { module: id, digest }: Held) {
  const stopped = modules.stopped(id, digest);
  if (stopped !== undefined) throw new ResumeRefused(`module-${stopped}`, `${digest} of ${id} is ${stopped}`);
  const inForce = modules.inForce(id);
  if (inForce?.digest === digest) return inForce;
  const now = inForce === undefined ? "nothing" : inForce.digest;
  throw new ResumeRefused("module-replaced", `${id} ran as ${digest}, and ${now} is in force by now`);
}

/** The run's principal with the licence it began under, or while that counts no more the highest that does, at no more than the level of the run. */
function callerNow({ projection: { licences }, now }: ResumeParts, held: Held, level: Caller["loa"]): Caller {
  const { principal, licence } = held;
  const all = licences.list(Date.parse(now()), principal);
  const began = all.find(({ jti }) => jti === licence);
  if (began?.state === "revoked")
    throw new ResumeRefused("licence-revoked", `the licence that the run began under was revoked`);
  const highest = all
    .filter(({ state }) => state === "current")
    .toSorted((a, b) => compareLoa(b.loa, a.loa))[0];
  const current = began?.state === "current" ? began : highest;
  if (current === undefined)
    throw new ResumeRefused("licence-absent", `${principal} holds no licence that counts now`);
  const { jti, serial, scope } = current;
  const loa = compareLoa(current.loa, level) < 0 ? current.loa : level;
  return { principal, loa, licence: { jti, serial, scope } };
}

/** What a rule of the control plane refuses keeps the run from being resumed, by the same name. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProblemError) throw new ResumeRefused(error.code, error.detail);
    throw error;
  }
}
