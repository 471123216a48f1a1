import { LOAS } from "@sigil/canon";
import { checkPayload } from "@sigil/wire";
import type { Reader } from "../reader.ts";
import type { AppendRequest } from "../records.ts";
import type { Storage } from "../storage.ts";
import type { LogPolicy } from "./cosigning.ts";
import { type OwnLog, parsePolicy } from "./policy.ts";

/** Where log policies are recorded, and nowhere else: the newest of the kind is in force. */
export const POLICY_KIND = "log.policy";

/** The log policies among the records of a request. Throws `payload-invalid` for one that is none. */
export function policiesOf({ records }: AppendRequest): LogPolicy[] {
  return records
    .filter(({ kind }) => kind === POLICY_KIND)
    .map(({ payload }) => checkPayload(POLICY_KIND, payload));
}

/** Throws `log-policy-invalid` for a request with a policy that could not be followed. Nothing of it is written then. */
export function requirePolicies(request: AppendRequest, own: () => OwnLog): void {
  for (const { policy } of policiesOf(request)) parsePolicy(policy, own());
}

/** The newest recorded policy, verified; undefined when none was ever recorded. */
export async function recordedPolicy(storage: Storage, reader: Reader): Promise<LogPolicy | undefined> {
  const [row] = await storage.page({ kinds: [POLICY_KIND], loas: LOAS, order: "desc", limit: 1 });
  return row === undefined ? undefined : (reader.open(row).signed.record.payload as unknown as LogPolicy);
}
