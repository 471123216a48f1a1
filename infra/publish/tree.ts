// The tree that is shipped: bundles, their manifests and the example, laid out as in the repository so that every program
// finds the others. The command's package and the container image are this tree.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./manifest.ts";

const APPS = ["cli", "codex-nexus", "mmf", "sigilderg"] as const;

/** Fills `folder`, which must not exist, from what was built. Throws when an app has not been built. */
export function shipTree(folder: string): void {
  for (const app of APPS) {
    const from = join(ROOT, "apps", app);
    const to = join(folder, "apps", app);
    if (!existsSync(join(from, "dist")))
      throw new Error(`publish: apps/${app} has not been built; npm start builds it`);
    mkdirSync(to, { recursive: true });
    // A stack trace of a bundle names its functions as they are written; maps would carry half as much again.
    cpSync(join(from, "dist"), join(to, "dist"), {
      recursive: true,
      filter: (path) => !path.endsWith(".map"),
    });
    const { name, version, license, type, engines } = JSON.parse(
      readFileSync(join(from, "package.json"), "utf8"),
    );
    writeFileSync(
      join(to, "package.json"),
      `${JSON.stringify({ name, version, license, type, engines }, null, 2)}\n`,
    );
  }
  cpSync(join(ROOT, "apps/cli/bin"), join(folder, "apps/cli/bin"), { recursive: true });
  cpSync(join(ROOT, "docs/examples/rust"), join(folder, "docs/examples/rust"), { recursive: true });
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}

/** `better-sqlite3` for one platform, without its sources: what Codex Nexus loads and no more. */
export function shipNative(folder: string, platform: string): void {
  const from = join(ROOT, "apps/codex-nexus/node_modules/better-sqlite3");
  const to = join(folder, "apps/codex-nexus/node_modules/better-sqlite3");
  const kept = new Set(["LICENSE", "lib", "package.json", "prebuilds"]);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const part of kept)
    cpSync(join(from, part), join(to, part), {
      recursive: true,
      dereference: true,
      filter: (path) => !path.endsWith(".node") || path.endsWith(`${platform}.node`),
    });
}
