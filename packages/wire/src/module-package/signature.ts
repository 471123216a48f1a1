import { CanonError, DOMAINS, type Json, parseJson, signAuthored, verifyAuthored } from "@sigil/canon";
import { fromBase64url, type SigningKey, toBase64url, utf8, verifyKey } from "@sigil/crypto";
import { z } from "zod";
import { signature } from "../schema/record.ts";
import { checkManifest, type Manifest, type Publisher, parseManifest } from "./manifest.ts";
import { packageRefusal } from "./refusal.ts";

/** `sigil.sig.json`: Ed25519 over `"SIGIL-MODULE-V1\n" ‖ JCS(manifest)`. */
const signatureFile = z.strictObject({ v: z.literal(1), sig: signature });

const MAX_SIGNATURE_BYTES = 1024;

/** The two files that signing writes. */
export interface SignedManifest {
  readonly manifest: Manifest;
  /** Bytes of `sigil.module.json`, with the publisher in it. */
  readonly manifestFile: Uint8Array;
  /** Bytes of `sigil.sig.json`. */
  readonly signatureFile: Uint8Array;
}

/**
 * Signs a manifest, and makes its key the publisher: what the manifest says of another is replaced, so that its digest is
 * known only now. Whether the files are those that it lists is `verifyPackage`'s.
 * @throws WireError as `readManifest`
 */
export function signManifest(manifestFile: Uint8Array, key: SigningKey): SignedManifest {
  const body = {
    ...(parseManifest(manifestFile) as { [key: string]: Json }),
    publisher: toBase64url(key.publicKey.raw),
  };
  const manifest = checkManifest(body);
  const { sig } = signAuthored(DOMAINS.module, body, key);
  return { manifest, manifestFile: fileOf(body), signatureFile: fileOf({ v: 1, sig }) };
}

/** The JSON of a signature file, its form unchecked. @throws WireError module-signature-malformed */
export function parseSignature(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes, { maxBytes: MAX_SIGNATURE_BYTES });
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    throw malformed(cause.message, cause);
  }
}

/** A manifest and who has signed it. */
export interface VerifiedManifest {
  readonly manifest: Manifest;
  readonly publisher: Publisher;
}

/**
 * The manifest of a package, if its publisher has signed exactly it: what the control plane registers by.
 * @throws WireError as `readManifest` and {@link verifyManifestSignature}
 */
export function verifySignedManifest(value: Json, signature: Json): VerifiedManifest {
  const manifest = checkManifest(value);
  return { manifest, publisher: verifyManifestSignature(value, manifest.publisher, signature) };
}

/**
 * Verifies that the publisher whom the manifest names has signed exactly this manifest. Whether that publisher may be
 * trusted is the records' to say.
 * @throws WireError module-signature-malformed, module-signature-foreign, module-signature-invalid
 */
export function verifyManifestSignature(
  manifest: Json,
  publisher: Publisher | null,
  signatureJson: Json,
): Publisher {
  const sig = checkSignature(signatureJson);
  if (publisher === null || publisher.kid !== sig.kid) {
    const named = publisher === null ? "no publisher" : `the publisher ${publisher.kid}`;
    throw packageRefusal(
      "module-signature-foreign",
      `the manifest names ${named}, and ${sig.kid} has signed it`,
    );
  }
  try {
    const key = verifyKey(fromBase64url(publisher.publicKey));
    verifyAuthored(DOMAINS.module, { body: manifest, sig }, key);
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    throw packageRefusal(
      "module-signature-invalid",
      `the signature of ${sig.kid} is not over this manifest`,
      cause,
    );
  }
  return publisher;
}

function checkSignature(value: Json): z.output<typeof signature> {
  const result = signatureFile.safeParse(value);
  if (result.success) return result.data.sig;
  throw malformed(z.prettifyError(result.error), result.error);
}

function malformed(detail: string, cause: unknown) {
  return packageRefusal("module-signature-malformed", `sigil.sig.json: ${detail}`, cause);
}

function fileOf(value: object): Uint8Array {
  return utf8(`${JSON.stringify(value, null, 2)}\n`);
}
