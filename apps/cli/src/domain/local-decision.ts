import type { TrustFile } from "@sigil/canon";
import { fromBase64url, verifyKey } from "@sigil/crypto";
import {
  actionRow,
  type Caller,
  decide,
  explain,
  type Policy,
  PolicyError,
  verifyLicence,
} from "@sigil/policy";
import { ROUTES, WireError } from "@sigil/wire";
import type { Door } from "./door.ts";
import { CliError, denied } from "./error.ts";
import type { Licence } from "./licence-choice.ts";
import { policyInForce } from "./policy-source.ts";

/** Whether the door decides an action; what it has no route for is decided here, before the command starts. */
export function decidedAtDoor(action: string): boolean {
  return ROUTES.some((route) => route.service === "sigilderg" && route.action === action);
}

/** What a decision on this machine rests on. */
export interface LocalGround {
  /** The licence to act with and the trust file that pins its issuer; both absent where the action needs no licence. */
  readonly licence?: Licence | undefined;
  readonly trust?: TrustFile | undefined;
  readonly now: Date;
  /** What is in force, where the runtime said it; the policy that is built in otherwise. */
  readonly policy?: Policy | undefined;
}

/**
 * Asks the same `decide()` as the door, for a command that runs on this machine. The licence is verified against the
 * pinned issuers; whether it is recorded only the store can say, so here it is taken to be.
 * @throws CliError of a denial, with every reason, `licence-refused`
 */
export async function decideHere(
  action: string,
  { licence, trust, now, policy }: LocalGround,
): Promise<void> {
  const caller = licence === undefined ? null : await verified(licence, trust, now);
  const facts = { mode: trust?.quorum.mode ?? "solo" };
  const decision = decide(action, caller, facts, now.toISOString(), policy);
  if (decision.verdict === "allow") return;
  const { counterfactual } = explain(decision, policy?.rows);
  throw denied(decision, counterfactual);
}

/** Whether a command's action needs a licence on this machine. */
export function needsLicenceHere(action: string): boolean {
  return !decidedAtDoor(action) && actionRow(action).least !== "none";
}

async function verified(licence: Licence, trust: TrustFile | undefined, now: Date): Promise<Caller> {
  const issuers = trust?.keys.issuer.map(
    ({ kid, publicKey }) => [kid, verifyKey(fromBase64url(publicKey))] as const,
  );
  try {
    const { sub, loa, jti, serial, scope } = await verifyLicence(licence.token, {
      issuers: new Map(issuers),
      runtimeId: trust?.runtimeId ?? "",
      canonFingerprint: trust?.genesis ?? "",
      now: now.toISOString(),
      recorded: () => "recorded",
    });
    return { principal: sub, loa, licence: { jti, serial, scope } };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new CliError(
      "licence-refused",
      `${licence.name}: ${error.message}`,
      "Name another one with --licence <name|path>.",
    );
  }
}

/**
 * Asks the runtime, where one answers, what it would decide about an action of this machine: it knows of a lockdown, and which
 * licences are recorded and revoked. Answers the policy in force. Without a runtime, and where the one that answers belongs to
 * another home than `runtimeId`, the records decide when it starts, and nobody says what is in force.
 * @throws CliError of a denial, with every reason; WireError `licence-refused` and what else the door answers
 */
export async function askRuntime(
  action: string,
  runtimeId: string | undefined,
  withDoor: (ask: (door: Door) => Promise<void>) => Promise<void>,
): Promise<Policy | undefined> {
  let inForce: Policy | undefined;
  try {
    await withDoor(async (door) => {
      const { body: keys } = await door.call("sigilderg GET /.well-known/sigil-keys");
      if (keys.runtimeId !== runtimeId) return;
      inForce = await policyInForce(door);
      const { body } = await door.call("sigilderg POST /v1/policy/explanations", { body: { action } });
      const { decision, counterfactual } = body;
      if (decision.verdict === "allow") return;
      throw denied(decision, counterfactual);
    });
  } catch (error) {
    const unreachable = error instanceof WireError && error.code === "door-unreachable";
    const another = error instanceof CliError && error.code === "runtime-differs";
    if (!unreachable && !another) throw error;
  }
  return inForce;
}
