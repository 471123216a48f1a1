import { CryptoError, fromUtf8 } from "@sigil/crypto";
import { MANIFEST_FILE, type PackageFiles, SIGNATURE_FILE } from "./files.ts";
import { checkManifest, digestOf, type Manifest, type Publisher, parseManifest } from "./manifest.ts";
import { packageRefusal } from "./refusal.ts";
import { parseSignature, verifyManifestSignature } from "./signature.ts";

/** A package whose files are those that its manifest names. What it holds is what was verified, and nothing else. */
export interface ModulePackage {
  readonly manifest: Manifest;
  /** Text of the entry. */
  readonly code: string;
  /** Who has signed it; null of an unsigned one, which only `unsigned: "accept"` lets through. */
  readonly publisher: Publisher | null;
  readonly files: PackageFiles;
}

/**
 * Verifies a package from the bytes that are then evaluated: every listed file is there with its hash, no other file is,
 * all of it is text, and the publisher has signed the manifest.
 * @throws WireError by the steps `manifest`, `files` and `signature`: see `failedStep`
 */
export function verifyPackage(
  files: PackageFiles,
  { unsigned = "refuse" }: { readonly unsigned?: "refuse" | "accept" } = {},
): ModulePackage {
  const bytes = files.get(MANIFEST_FILE);
  if (bytes === undefined) throw packageRefusal("manifest-missing", `the package has no ${MANIFEST_FILE}`);
  const value = parseManifest(bytes);
  const manifest = checkManifest(value);
  const texts = verifyFiles(files, manifest);
  const signature = files.get(SIGNATURE_FILE);
  if (signature === undefined && unsigned === "refuse")
    throw packageRefusal("module-unsigned", `${manifest.id}: the package has no ${SIGNATURE_FILE}`);
  const publisher =
    signature === undefined
      ? null
      : verifyManifestSignature(value, manifest.publisher, parseSignature(signature));
  return { manifest, code: texts.get(manifest.entry) ?? "", publisher, files };
}

function verifyFiles(files: PackageFiles, manifest: Manifest): ReadonlyMap<string, string> {
  for (const path of files.keys()) {
    if (path !== MANIFEST_FILE && path !== SIGNATURE_FILE && !manifest.files.has(path)) {
      throw packageRefusal(
        "module-file-unlisted",
        `${manifest.id}: "${path}" is not in the manifest; remove it`,
      );
    }
  }
  const texts = new Map<string, string>();
  for (const [path, expected] of manifest.files) {
    const content = files.get(path);
    if (content === undefined)
      throw packageRefusal("module-file-missing", `${manifest.id}: "${path}" is missing`);
    const actual = digestOf(content);
    if (actual !== expected) {
      throw packageRefusal(
        "module-file-altered",
        `${manifest.id}: "${path}" has ${actual}, the manifest says ${expected}; build or install it again`,
      );
    }
    texts.set(path, textOf(content, `${manifest.id}: "${path}"`));
  }
  return texts;
}

/** Engines write bytecode, and loaders of it trust it: only source, which the engine parses, comes in. */
function textOf(content: Uint8Array, what: string): string {
  try {
    const text = fromUtf8(content);
    if (!text.includes("\0")) return text;
    throw packageRefusal("module-file-binary", `${what} holds a NUL, which no text does`);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw packageRefusal("module-file-binary", `${what} is not UTF-8`, error);
  }
}
