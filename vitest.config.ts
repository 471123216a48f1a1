import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "apps/mmf/modules/*/test/**/*.test.ts",
      "infra/checks/**/*.test.ts",
    ],
    testTimeout: 30_000,
    passWithNoTests: false,
  },
});
