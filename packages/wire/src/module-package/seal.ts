import type { Json } from "@sigil/canon";
import { type SigningKey, utf8 } from "@sigil/crypto";
import { MANIFEST_FILE, type PackageFiles, SIGNATURE_FILE } from "./files.ts";
import { checkManifest, digestOf } from "./manifest.ts";
import { signManifest } from "./signature.ts";

/** What an author writes of a manifest: everything but what the build and the signature add. */
export interface ManifestDraft {
  readonly id: string;
  readonly [field: string]: unknown;
}

/**
 * A whole package: the files, a manifest that lists them with their hashes, and the publisher's signature. Without a key it
 * is unsigned, and runs nowhere but in a development profile.
 * @throws WireError manifest-malformed, input-schema-unsupported, limit-over-ceiling
 */
export function sealPackage(draft: ManifestDraft, content: PackageFiles, key?: SigningKey): PackageFiles {
  const manifest = { ...draft, files: fileHashes(content) };
  const file = utf8(`${JSON.stringify(manifest, null, 2)}\n`);
  if (key === undefined) {
    checkManifest(manifest as unknown as Json);
    return new Map([...content, [MANIFEST_FILE, file]]);
  }
  const { manifestFile, signatureFile } = signManifest(file, key);
  return new Map([...content, [MANIFEST_FILE, manifestFile], [SIGNATURE_FILE, signatureFile]]);
}

/** `files` of a manifest for these: the hash of each by its path, but for manifest and signature. */
function fileHashes(files: PackageFiles): Record<string, string> {
  return Object.fromEntries(
    [...files]
      .filter(([path]) => path !== MANIFEST_FILE && path !== SIGNATURE_FILE)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, content]) => [path, digestOf(content)]),
  );
}
