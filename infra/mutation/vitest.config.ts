import { join, resolve } from "node:path";
import { defineConfig } from "vitest/config";

const root = join(import.meta.dirname, "../..");

// The tests of one package, as `infra/mutation/stryker.config.mjs` runs them in its copy of the tree.
export default defineConfig({
  test: {
    root,
    include: [`packages/${process.env.SIGIL_MUTATE}/test/**/*.test.ts`],
    // What builds, spawns or starts an engine says again, slowly, what the other tests say.
    exclude: ["**/{browser,chromium,quickjs,second-verifier,published,readme}.test.ts"],
    testTimeout: 30_000,
    env: { SIGIL_VECTORS: process.env.SIGIL_VECTORS ?? resolve(root, "../shared/vectors") },
  },
});
