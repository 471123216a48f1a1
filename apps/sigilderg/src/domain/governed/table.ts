import { clientKeyChange } from "./client-keys.ts";
import { configSettings } from "./config.ts";
import { principalErasure } from "./erasure.ts";
import { issuerChange } from "./issuers.ts";
import { licenceIssuing } from "./licences.ts";
import { lockdownLeave } from "./lockdown.ts";
import { logPolicy } from "./log-policy.ts";
import { moduleRegister, moduleReinstate, moduleRevoke } from "./modules.ts";
import { policyTable } from "./policy.ts";
import { publisherChange } from "./publishers.ts";
import type { GovernedAction } from "./row.ts";
import { trustWeights } from "./trust-model.ts";
import { witnessAdd, witnessRevoke, witnessRotate } from "./witnesses.ts";

// A request is parsed by its own row's schema before the row sees it.
// biome-ignore lint/suspicious/noExplicitAny: rows of different requests stand in one table
type AnyRow = GovernedAction<any>;

const ROWS: readonly AnyRow[] = [
  logPolicy,
  issuerChange,
  clientKeyChange,
  publisherChange,
  lockdownLeave,
  principalErasure,
  licenceIssuing,
  witnessAdd,
  witnessRotate,
  witnessRevoke,
  policyTable,
  trustWeights,
  configSettings,
  moduleRegister,
  moduleRevoke,
  moduleReinstate,
];

/** Every action that can be proposed, by name. */
export const GOVERNED: ReadonlyMap<string, AnyRow> = new Map(ROWS.map((row) => [row.action, row]));
