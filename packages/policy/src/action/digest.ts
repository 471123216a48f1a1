import { toHex } from "@sigil/crypto/bytes";
import type { Platform } from "../platform.ts";
import type { ActionRow } from "./row.ts";

/** `sha256:` and the hex SHA-256 of the RFC 8785 form of a table's rows in their order: what decides, in one line. */
export function tableDigest(rows: readonly ActionRow[], { sha256, canonicalBytes }: Platform): string {
  return `sha256:${toHex(sha256(canonicalBytes(rows)))}`;
}
