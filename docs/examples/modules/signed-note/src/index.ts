import { CanonError, canonicalBytes } from "@sigil/canon/portable";
import { CryptoError, fromBase64url, sha256, toHex, verifyKey } from "@sigil/crypto/portable";
import { defineModule, ruleZero } from "@sigil/module-sdk";
import { actionRow, compareLoa, isLoa } from "@sigil/policy/portable";

/** What a note asks for, as the action table names it. */
const ACTION = "memory.write";

export default defineModule({
  input: {
    type: "object",
    required: ["note", "publicKey", "signature", "level"],
    properties: {
      note: { type: "object", additionalProperties: true, description: "Any JSON object: what was signed." },
      publicKey: { type: "string", maxLength: 43, description: "Raw Ed25519 public key, base64url." },
      signature: {
        type: "string",
        maxLength: 86,
        description: "Over the RFC 8785 bytes of note, base64url.",
      },
      level: { type: "string", maxLength: 16, description: "Level of Access of whoever would act on it." },
    },
  },
  capabilities: [],
  limits: { cpuMs: 5_000 },

  run({ note, publicKey, signature, level }) {
    const { digest, why } = examine(note, publicKey, signature);
    const { least } = actionRow(ACTION);
    const enough = isLoa(level) && isLoa(least) && compareLoa(level, least) >= 0;
    const signed = why === undefined;
    return ruleZero({
      context: [],
      reasoning: [
        `The note is sha256:${digest}.`,
        signed ? "Its signature holds." : `Its signature does not hold: ${why}.`,
        `${ACTION} needs ${least}; ${level} is ${enough ? "enough" : "not"}.`,
      ].join(" "),
      suggestion: signed && enough ? "Act on it." : "Do not act on it.",
      verdict: signed && enough ? "Allow" : "Deny",
      confidence: 1,
      audit: [{ digest, signed, enough }],
    });
  },
});

/** The hash of a note, and why its signature does not hold. */
function examine(note: object, publicKey: string, signature: string): { digest: string; why?: string } {
  let digest = "none";
  try {
    const bytes = canonicalBytes(note);
    digest = toHex(sha256(bytes));
    verifyKey(fromBase64url(publicKey)).verify(bytes, fromBase64url(signature));
    return { digest };
  } catch (error) {
    if (error instanceof CanonError || error instanceof CryptoError) return { digest, why: error.code };
    throw error;
  }
}
