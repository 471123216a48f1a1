import { canonicalBytes } from "@sigil/canon";
import { sha256 } from "@sigil/crypto";
import { bindPolicy } from "./bind.ts";

export { actionRowSchema } from "./action/schema.ts";
export { policyCases } from "./cases/schema.ts";
export { supposedFacts } from "./fact-schema.ts";
export * from "./frame.ts";
export {
  LICENCE_ALGORITHM,
  LICENCE_MAX,
  LICENCE_SKEW,
  LICENCE_TYPE,
  type LicenceClaims,
  licenceClaims,
} from "./licence/claims.ts";
export { issueLicence } from "./licence/issue.ts";
export {
  authenticLicence,
  type LicenceGround,
  type LicenceState,
  requireLicence,
  verifyLicence,
} from "./licence/verify.ts";
export { ruleZeroOutput } from "./rule-zero/schema.ts";

export const { decide, policyDigest, makePolicy, BUILT_IN_POLICY } = bindPolicy({ sha256, canonicalBytes });
