import type { SigningKey } from "@sigil/crypto";
import { HOST_CALLS } from "@sigil/policy";
import { type Grant, mintGrant, type Quotas } from "@sigil/wire";
import type { RegisteredModule } from "../credentials/genesis.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { MOST_HOST_CALLS } from "./host-calls.ts";
import type { RunOrder } from "./module-host.ts";

/** The ceilings of a run (design of the sandbox): a module's own manifest may only be lower. */
const CEILINGS: Quotas = {
  cpuMs: 30_000,
  wallMs: 60_000,
  memoryBytes: 256 * 1024 * 1024,
  hostCalls: MOST_HOST_CALLS,
};

/**
 * The Sigil-Grant of one run: this run, this decision, this caller at the effective level, these capabilities and no
 * more than the registered module declares, usable by the module host's key alone until the run's time is over.
 * @param openMs life of the grant in milliseconds
 * @param hostKid kid of the module host's service key
 */
export function grantFor(
  made: MadeDecision,
  module: RegisteredModule,
  order: RunOrder,
  openMs: number,
  hostKid: string,
  key: SigningKey,
): string {
  const iat = Math.floor(Date.parse(order.startedAt) / 1000);
  return mintGrant(
    {
      v: 1,
      run: order.run,
      decision: made.id,
      principal: order.principal,
      jti: made.caller.licence?.jti ?? "",
      loa: order.loa,
      moduleDigest: module.digest,
      capabilities: [...module.capabilities],
      levels: levelsOf(made),
      quotas: CEILINGS,
      hkid: hostKid,
      iat,
      exp: iat + Math.ceil(openMs / 1000),
    },
    key,
  );
}

/** What each host call asks of its caller, by the table that decided the run. A row that is gone asks for what nobody has. */
function levelsOf({ policy: { rows } }: MadeDecision): Grant["levels"] {
  return Object.fromEntries(HOST_CALLS.map(({ action }) => [action, rows.get(action)?.least ?? "service"]));
}
