import { canonicalBytes } from "@sigil/canon/portable";
import { sha256 } from "@sigil/crypto/portable";
import { bindPolicy } from "./bind.ts";

export * from "./frame.ts";

export const { decide, policyDigest, makePolicy, BUILT_IN_POLICY } = bindPolicy({ sha256, canonicalBytes });
