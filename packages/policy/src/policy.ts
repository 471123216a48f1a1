import { checkTable } from "./action/check.ts";
import { tableDigest } from "./action/digest.ts";
import { type ActionRows, BUILT_IN_ROWS } from "./action/lookup.ts";
import type { ActionRow } from "./action/row.ts";
import { ACTIONS } from "./action/table.ts";
import type { Platform } from "./platform.ts";
import { TRUST_MODEL, type TrustModel } from "./trust/model.ts";

/**
 * What decides: one action table and one trust model. A value that never changes: another table or another model is
 * another `Policy`, so that whoever holds one asks all its questions of the same.
 */
export interface Policy {
  readonly actions: readonly ActionRow[];
  /** The same rows by action. */
  readonly rows: ActionRows;
  /** Of the table, as every decision cites it; see `tableDigest`. */
  readonly digest: string;
  readonly model: TrustModel;
}

/** `makePolicy` and the policy that is built in, over the platform's hash. */
export function bindPolicies(platform: Platform) {
  /** A policy of these rows and this model. @throws PolicyError `table-invalid` */
  function makePolicy(actions: readonly ActionRow[], model: TrustModel): Policy {
    return { actions, rows: checkTable(actions), digest: tableDigest(actions, platform), model };
  }
  let digest: string | undefined;
  /** Version 0: the table and the model of this build, in force until a record changes them. */
  const BUILT_IN: Policy = {
    actions: ACTIONS,
    rows: BUILT_IN_ROWS,
    // Hashed when first asked for: whoever only looks up a row does not pay for it.
    get digest() {
      digest ??= tableDigest(ACTIONS, platform);
      return digest;
    },
    model: TRUST_MODEL,
  };
  return { makePolicy, BUILT_IN };
}
