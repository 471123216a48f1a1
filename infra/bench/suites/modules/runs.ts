import { spawn } from "node:child_process";
import { createContext, Script } from "node:vm";
import { type Line, measure, type Scale } from "../../measure.ts";
import { bench, CODE, done, folderOf, moduleOf } from "./ground.ts";

/** The same module in a child of its own: it asks its one host call over its pipes and ends. */
const CHILD = `${CODE.replace("export default", "const module =")}
let answered;
process.stdin.setEncoding("utf8").once("data", (text) => {
  const list = (args) => new Promise((resolve) => {
    process.stdin.once("data", (answer) => resolve(JSON.parse(answer)));
    process.stdout.write(JSON.stringify(args) + "\\n");
  });
  module.run(JSON.parse(text), { memory: { list } }).then((output) => {
    process.stdout.write(JSON.stringify(output) + "\\n");
    process.stdin.destroy();
  });
});`;
const RESULT = { items: [{ ref: "m-1", text: "a block" }] };

/** Runs in this process's pool. */
export async function* runs(scale: Scale): AsyncGenerator<Line> {
  const module = moduleOf(CODE);
  const files = folderOf({ "child.mjs": CHILD });
  const one = await bench(1, [module]);
  const two = await bench(2, [module]);
  const fresh = () => done(one.run(module));
  const script = new Script(CODE.replace("export default", "globalThis.module ="));
  try {
    yield await measure({
      ...{ ...scale, suite: "modules", case: "run-fresh", unit: "ms" },
      baseline: "node:vm, a new context for the same module in this process, without any boundary",
      run: fresh,
      runBaseline: async () => {
        const context = createContext({});
        script.runInContext(context);
        const ctx = { memory: { list: async () => JSON.parse(JSON.stringify(RESULT)) } };
        JSON.stringify(await context.module.run({ name: "bench" }, ctx));
      },
    });
    yield await measure({
      ...{ ...scale, suite: "modules", case: "runs-per-second" },
      baseline: "one runner, one run after another",
      run: () => done(two.run(module)),
      runBaseline: fresh,
      concurrency: { run: 4, baseline: 1 },
    });
    yield await measure({
      ...{ ...scale, suite: "modules", case: "run-vs-process" },
      baseline: "a new node --permission child per run, the same module, one call over its pipes",
      run: fresh,
      runBaseline: () => inProcessOfItsOwn(files.at("child.mjs")),
    });
  } finally {
    await Promise.all([one.close(), two.close()]);
    files.remove();
  }
}

function inProcessOfItsOwn(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--permission", `--allow-fs-read=${path}`, path], {
      env: {},
      stdio: ["pipe", "pipe", "inherit"],
    });
    let lines = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (lines++ === 0) child.stdin.write(JSON.stringify(RESULT));
      else JSON.parse(text);
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 && lines === 2 ? resolve() : reject(new Error(`child: ${code}`)),
    );
    child.stdin.write(JSON.stringify({ name: "bench" }));
  });
}
