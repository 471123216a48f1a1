import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { HostDoor } from "../../../../apps/mmf/src/domain/host-door.ts";
import { readModules } from "../../../../apps/mmf/src/store/module-folders.ts";
import { type Line, measure, type Scale } from "../../measure.ts";
import { BUILT_IN, bench, done } from "./ground.ts";

const example = join(import.meta.dirname, "../../../../docs/examples/rust/orders.rs");
const guidance = { ref: "g-1", title: "Guidance", text: "A rule and its reason." };
const NO_MODEL = "llm-not-configured";
const answers: HostDoor = {
  call: async (method, { args }) =>
    method === "llm.complete"
      ? { ok: false, code: NO_MODEL, message: "no endpoint is configured" }
      : { ok: true, result: { ...guidance, stream: "s", asked: args } },
};

/** The built-in reviewer over 40 KiB of Rust: what interpreting a parser costs. */
export async function* rustMentor(scale: Scale): AsyncGenerator<Line> {
  const installed = await readModules(BUILT_IN);
  const module = installed.find(({ manifest }) => manifest.id === "rust-mentor");
  if (module === undefined) throw new Error("rust-mentor is not built; build first");
  const text = readFileSync(example, "utf8");
  const source = text.repeat(Math.ceil((40 * 1024) / text.length)).slice(0, 40 * 1024);
  const input = { source, path: "src/orders.rs" };
  const compiled = await import(pathToFileURL(join(BUILT_IN, "rust-mentor/dist/module.js")).href);
  const complete = () => Promise.reject(Object.assign(new Error("no model"), { code: NO_MODEL }));
  const ctx = { canon: { read: async () => guidance }, llm: { complete } };
  const pool = await bench(1, [module]);
  try {
    yield await measure({
      ...{ ...scale, suite: "modules", case: "rust-mentor-40k", unit: "ms" },
      baseline: "the same module in V8, in this process, without any boundary",
      run: () => done(pool.run(module, input, answers)),
      runBaseline: async () => JSON.stringify(await compiled.default.run(input, ctx)),
    });
  } finally {
    await pool.close();
  }
}
