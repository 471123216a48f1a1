import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const HERE = join(import.meta.dirname, "..");

/** The subject and its commit thread as one file each, so that a life begins in a tenth of a second. Call `remove` at the end. */
export async function bundleSubject(): Promise<{ readonly file: string; remove(): void }> {
  // Below node_modules: the bundle finds its one external package, and git sees nothing.
  const folder = join(HERE, `node_modules/.cache/subject-${process.pid}`);
  const file = join(folder, "program.js");
  await build({
    absWorkingDir: HERE,
    entryPoints: {
      program: "subject/program.ts",
      "commit-thread": "../../apps/codex-nexus/src/store/commit-thread.ts",
      "seal-thread": "../../apps/codex-nexus/src/store/seal-thread.ts",
    },
    outdir: folder,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    external: ["better-sqlite3"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
