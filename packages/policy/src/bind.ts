import { bindPolicyDigest } from "./action/digest.ts";
import { bindDecide } from "./decide.ts";
import type { Platform } from "./platform.ts";

/** Joins what needs a hash over one platform. */
export function bindPolicy(platform: Platform) {
  const policyDigest = bindPolicyDigest(platform);
  return { policyDigest, decide: bindDecide(policyDigest) };
}
