import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LOWEST, PUBLISHED, ROOT } from "../publish/manifest.ts";
import { pnpm } from "./pnpm.ts";

/** The text of pnpm-workspace.yaml with every dependency of the published packages at its lowest supported version. */
export function lowestCatalog(text: string): string {
  return Object.entries(LOWEST).reduce((changed, [name, version]) => {
    const line = new RegExp(`^( {2}"?${name.replaceAll("/", "\\/")}"?: )\\S+$`, "m");
    if (!line.test(changed)) throw new Error(`supply: the catalog has no ${name}`);
    return changed.replace(line, `$1${version}`);
  }, text);
}

/**
 * The unit tests of the published packages on the lowest versions that their manifests admit, in a copy of this tree.
 * Answers the exit code of the tests.
 */
export function testLowest(): number {
  const copy = mkdtempSync(join(tmpdir(), "sigil-lowest-"));
  try {
    for (const file of execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" })
      .trim()
      .split("\n")) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(ROOT, file), join(copy, file));
    }
    const workspace = join(copy, "pnpm-workspace.yaml");
    writeFileSync(workspace, lowestCatalog(readFileSync(workspace, "utf8")));
    const installed = pnpm(["install", "--no-frozen-lockfile", "--prefer-offline"], copy);
    if (installed.status !== 0)
      throw new Error(
        `supply: the lowest versions cannot be installed:\n${installed.stdout}${installed.stderr}`,
      );
    for (const [name, version] of Object.entries(LOWEST)) console.log(`  ${name} ${version}`);
    const vitest = join(copy, "node_modules/vitest/vitest.mjs");
    const tests = PUBLISHED.map((name) => `packages/${name}`);
    return (
      spawnSync(process.execPath, [vitest, "run", "--project", "unit", ...tests], {
        cwd: copy,
        stdio: "inherit",
        env: { ...process.env, SIGIL_VECTORS: process.env.SIGIL_VECTORS ?? join(ROOT, "../shared/vectors") },
      }).status ?? 1
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
