import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most tests wait for processes, disks and clocks as long as they compute: a core left free is a minute lost.
    maxWorkers: "150%",
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "apps/mmf/modules/*/test/**/*.test.ts",
            "infra/checks/**/*.test.ts",
          ],
          testTimeout: 30_000,
        },
      },
      {
        // Real processes on ports of their own. Each file keeps four of them and mostly waits for one at a time.
        test: {
          name: "e2e",
          include: ["infra/e2e/**/*.test.ts", "infra/reliability/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
        },
      },
    ],
  },
});
