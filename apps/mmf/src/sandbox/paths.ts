import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The source files of a runner: the whole of what runs in the child beside the engine. */
const RUNNER_SOURCES = [
  "runner",
  "desk",
  "engine",
  "fault",
  "guest",
  "meter",
  "protocol",
  "sparse",
  "wasi",
].map((name) => `${name}.ts`);

/** What a runner is started from, and every file that it may read. Absolute real paths. */
export interface RunnerFiles {
  entry: string;
  wasm: string;
  readable: string[];
}

/**
 * The runner's files: `runner.js` and `quickjs.wasm` beside this bundle, or from source the files of this folder and of
 * quickjs-wasi. Only what is listed can be read by the child.
 */
export function runnerFiles(): RunnerFiles {
  const here = realpathSync(dirname(fileURLToPath(import.meta.url)));
  const bundled = join(here, "runner.js");
  if (existsSync(bundled)) {
    const wasm = join(here, "quickjs.wasm");
    return { entry: bundled, wasm, readable: [bundled, wasm] };
  }
  const require = createRequire(import.meta.url);
  const wasm = realpathSync(require.resolve("quickjs-wasi/quickjs.wasm"));
  const engine = dirname(wasm);
  const app = join(here, "../..");
  return {
    entry: join(here, "runner.ts"),
    wasm,
    readable: [
      wasm,
      ...RUNNER_SOURCES.map((file) => join(here, file)),
      join(app, "package.json"),
      join(app, "node_modules/quickjs-wasi"),
      join(engine, "package.json"),
      ...readdirSync(join(engine, "dist"))
        .filter((file) => file.endsWith(".js"))
        .map((file) => join(engine, "dist", file)),
    ],
  };
}
