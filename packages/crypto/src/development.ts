import { hash } from "node:crypto";
import { utf8 } from "./encoding/text.ts";
import { Secret } from "./secret.ts";

/** In every bundle that can load a development key; a check looks for it in what is shipped. */
export const DEVELOPMENT_MARKER = "SIGIL-DEVELOPMENT-KEYS-EVERYBODY-KNOWS-THEM";

/**
 * THE SAME SEED FOR EVERYBODY, for tests and examples only: SHA-256 over the marker, a line feed and the purpose. Whoever reads
 * this source can sign and decrypt with it. No source outside tests may import this entry, and no production bundle
 * contains it.
 */
export function insecureDevelopmentSeed(purpose: string): Secret {
  return Secret.from(hash("sha256", utf8(`${DEVELOPMENT_MARKER}\n${purpose}`), "buffer"));
}
