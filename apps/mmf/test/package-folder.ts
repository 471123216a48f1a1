import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const sha256Of = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** A manifest of a module whose one file has this code. */
export function manifestOf(code: string, changes: object = {}): Record<string, unknown> {
  return {
    id: "probe",
    version: "1.0.0",
    engine: "quickjs-1",
    entry: "dist/module.js",
    input: { additionalProperties: true, type: "object" },
    capabilities: [],
    licence: "Apache-2.0",
    files: { "dist/module.js": sha256Of(code) },
    ...changes,
  };
}

/** Writes a package folder below a fresh folder; returns the package's. */
export function packageFolder(code: string, changes: object = {}): string {
  const folder = join(mkdtempSync(join(tmpdir(), "sigil-module-")), "probe");
  write(folder, "dist/module.js", code);
  write(folder, "sigil.module.json", JSON.stringify(manifestOf(code, changes)));
  return folder;
}

export function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
