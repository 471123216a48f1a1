import { bindDecide } from "./decide.ts";
import type { Platform } from "./platform.ts";
import { bindPolicies } from "./policy.ts";

/** Joins what needs a hash over one platform. */
export function bindPolicy(platform: Platform) {
  const { makePolicy, BUILT_IN } = bindPolicies(platform);
  /** The digest of the built-in table. */
  const policyDigest = (): string => BUILT_IN.digest;
  return { makePolicy, BUILT_IN_POLICY: BUILT_IN, policyDigest, decide: bindDecide(BUILT_IN) };
}
