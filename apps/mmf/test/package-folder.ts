import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Secret, signingKey, utf8 } from "@sigil/crypto";
import { type ManifestDraft, type PackageFiles, sealPackage } from "@sigil/wire/module-package";

export const sha256Of = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const publisher = signingKey(Secret.from(new Uint8Array(32).fill(7)));

const DRAFT: ManifestDraft = {
  id: "probe",
  version: "1.0.0",
  engine: "quickjs-1",
  entry: "dist/module.js",
  input: { additionalProperties: true, type: "object" },
  capabilities: [],
  licence: "Apache-2.0",
};

/** A manifest, unsigned, of a module whose one file has this code. */
export function manifestOf(code: string, changes: object = {}): Record<string, unknown> {
  return { ...DRAFT, files: { "dist/module.js": sha256Of(code) }, ...changes };
}

/** A signed package of these files, its manifest changed so. */
export function packageFiles(texts: Record<string, string>, changes: object = {}): PackageFiles {
  const content = new Map(Object.entries(texts).map(([path, text]) => [path, utf8(text)]));
  return sealPackage({ ...DRAFT, ...changes }, content, publisher);
}

/** Writes a package folder with this code and these files, signed, below a fresh folder; returns the package's. */
export function packageFolder(code: string, changes: object = {}, more: Record<string, string> = {}): string {
  const folder = join(mkdtempSync(join(tmpdir(), "sigil-module-")), "probe");
  for (const [path, content] of packageFiles({ "dist/module.js": code, ...more }, changes))
    write(folder, path, content);
  return folder;
}

export function write(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
