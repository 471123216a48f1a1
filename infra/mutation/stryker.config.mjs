// Mutation testing of one package: `npm run mutation -- crypto|canon`. Only its own tests run, in a copy of the tree.
const name = process.env.SIGIL_MUTATE;
if (name !== "crypto" && name !== "canon")
  throw new Error(`mutation: unknown package "${name}"; use crypto or canon`);

export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "infra/mutation/vitest.config.ts", related: false },
  mutate: [`packages/${name}/src/**/*.ts`],
  ignorePatterns: ["/apps", "/infra/bench", "/infra/e2e", "/infra/checks", "dist", ".turbo"],
  coverageAnalysis: "perTest",
  // A mutant of what runs while a module loads belongs to no one test, and costs the whole suite: left out unless
  // SIGIL_MUTATION_STATIC is set, as it is at night.
  ignoreStatic: process.env.SIGIL_MUTATION_STATIC === undefined,
  concurrency: Number(process.env.SIGIL_MUTATION_WORKERS ?? "1"),
  timeoutMS: 20_000,
  tempDirName: process.env.SIGIL_MUTATION_TEMP ?? ".sigil/stryker",
  reporters: ["clear-text", "json", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  jsonReporter: { fileName: `.sigil/mutation-${name}.json` },
  thresholds: { high: 95, low: 90, break: 90 },
};
