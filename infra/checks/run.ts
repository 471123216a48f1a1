// Every check of `npm test`, one table. Prints each step with its time, the whole output of a step that fails,
// and ends with the line `N passed, N failed`, which counts every test and every other step.
//
// A few test files that fail are run once more, alone: on a machine that others keep busy a process may be starved, which says
// nothing about the code. What passes only then is listed as FLAKY, and is a fault to mend. CHECK_STRICT=1 (nightly) runs
// nothing twice.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "sigil-check-"));

interface Step {
  name: string;
  command: string[];
  /** A vitest project: its JSON report is counted test by test, and its output is shown as it comes. */
  report?: string;
}

/** More failing files than this are no accident. */
const MOST_RUN_AGAIN = 3;
const strict = process.env.CHECK_STRICT === "1";

const vitest = (name: string, ...args: string[]): Step => {
  const report = join(scratch, `${name}.json`);
  return {
    name,
    report,
    command: [
      // Not the shim of that name, which starts the pinned Node whatever the PATH says.
      "node",
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...args,
    ],
  };
};

/** Steps of one row run side by side. */
const STEPS: Step[][] = [
  [
    { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "."] },
    { name: "lint of tests", command: ["oxlint", "--config", ".oxlintrc.json", "--deny-warnings"] },
  ],
  [
    // Checked natively, in a third of the time; `typescript` itself stays at the version that has a compiler API.
    { name: "types", command: ["node", "node_modules/typescript-native/bin/tsc", "-p", "."] },
    { name: "boundaries", command: ["node", "infra/checks/boundaries.ts"] },
  ],
  [
    { name: "dead code", command: ["knip", "--no-progress"] },
    { name: "docs", command: ["node", "infra/checks/docs.ts"] },
  ],
  [
    { name: "published shape", command: ["node", "infra/checks/published.ts"] },
    { name: "API reference", command: ["node", "infra/checks/api.ts"] },
  ],
  [vitest("unit", "--project", "unit")],
  [vitest("e2e", "--project", "e2e")],
  [{ name: "bench smoke", command: ["node", "infra/bench/run.ts", "spine", "--quick"] }],
];

interface Result {
  passed: number;
  failed: number;
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string }[];
}

function run(step: Step): Promise<Result> {
  const started = performance.now();
  const env = {
    ...process.env,
    // The Node that runs this comes first: the pinned one, or that of a matrix (on-node.mjs), and never another by accident.
    PATH: [dirname(process.execPath), join(root, "node_modules/.bin"), process.env.PATH ?? ""].join(
      delimiter,
    ),
    FORCE_COLOR: "0",
    // Everything was built a moment ago: tests that start services start those.
    SIGIL_TEST_BUILT: "1",
  };
  const [command = "", ...args] = step.command;
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      if (step.report) process.stdout.write(chunk);
      else chunks.push(chunk);
    });
  return new Promise((resolve) => {
    const end = (ok: boolean, problem = "") => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (!ok) process.stdout.write(Buffer.concat(chunks));
      console.log(`${ok ? "ok    " : "FAILED"} ${step.name} (${seconds} s)${problem}`);
      resolve(count(step, ok));
    };
    child.on("error", (error) => end(false, ` ${error.message}`));
    child.on("close", (code, signal) => end(code === 0, signal ? ` killed by ${signal}` : ""));
  });
}

/** A test step counts its tests; a run that failed without a failing test, or that held none, counts as one failure. */
function count(step: Step, ok: boolean): Result {
  if (!step.report) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  try {
    const report = readReport(step.report);
    const failed = report.numFailedTests + (!ok && report.numFailedTests === 0 ? 1 : 0);
    return report.numPassedTests === 0 && failed === 0
      ? { passed: 0, failed: 1 }
      : { passed: report.numPassedTests, failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const readReport = (path: string): Report => JSON.parse(readFileSync(path, "utf8")) as Report;

function failedFiles(step: Step): string[] {
  if (step.report === undefined || !existsSync(step.report)) return [];
  const { testResults } = readReport(step.report);
  return testResults.filter(({ status }) => status === "failed").map(({ name }) => relative(root, name));
}

/** Runs a step; the few test files that failed run once more with nothing beside them, and count as they end then. */
async function check(step: Step): Promise<Result> {
  const first = await run(step);
  const files = failedFiles(step);
  if (strict || first.failed === 0 || files.length === 0 || files.length > MOST_RUN_AGAIN) return first;
  console.log(`again  ${step.name}, alone: ${files.join(", ")}`);
  const again = await run(vitest(`${step.name} again`, "--no-file-parallelism", ...files));
  if (again.failed === 0)
    for (const file of files) console.log(`FLAKY  ${file}: passed only when it ran alone`);
  return { passed: first.passed + (again.failed === 0 ? first.failed : 0), failed: again.failed };
}

const only = process.argv[2];
const total: Result = { passed: 0, failed: 0 };
try {
  for (const row of STEPS) {
    const chosen = row.filter((step) => only === undefined || step.name === only);
    for (const result of await Promise.all(chosen.map(check))) {
      total.passed += result.passed;
      total.failed += result.failed;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (total.passed + total.failed === 0) {
  console.error(
    `check: no step is called "${only}"; there are ${STEPS.flat()
      .map((s) => `"${s.name}"`)
      .join(", ")}`,
  );
  total.failed = 1;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
