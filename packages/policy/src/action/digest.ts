import { toHex } from "@sigil/crypto/bytes";
import type { Platform } from "../platform.ts";
import { ACTIONS } from "./table.ts";

/** `policyDigest` over the platform's hash. */
export function bindPolicyDigest({ sha256, canonicalBytes }: Platform): () => string {
  let digest: string | undefined;
  /** `sha256:` and the hex SHA-256 of the RFC 8785 form of the action table: what decided, in one line. */
  return function policyDigest(): string {
    digest ??= `sha256:${toHex(sha256(canonicalBytes(ACTIONS)))}`;
    return digest;
  };
}
