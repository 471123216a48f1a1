import { type Line, measure, type Scale } from "../../measure.ts";
import { bench, CODE, done, moduleOf } from "./ground.ts";

/** A native that asks nobody, so that the host must end the runner. */
const KILLER = "export default { run() { [].reverse.call({ length: 2 ** 53 - 1 }) } };";

/** The run that follows one whose runner was killed, next to a run that follows an ordinary one. */
export async function* killed(scale: Scale): AsyncGenerator<Line> {
  const module = moduleOf(CODE);
  const killer = moduleOf(KILLER, { cpuMs: 20 });
  const hurt = await bench(1, [module, killer]);
  const whole = await bench(1, [module]);
  let kills = 0;
  try {
    const line = await measure({
      ...{ ...scale, suite: "modules", case: "run-after-kill", unit: "ms" },
      // To kill takes a hundred times as long as the run after it.
      roundMs: scale.roundMs / 60,
      baseline: "a run on a runner that has run before",
      async prepare() {
        await done(whole.run(module));
        const ended = await hurt.run(killer);
        if (ended.ok || ended.code !== "cpu-limit") throw new Error("the killer was not killed");
        kills += 1;
      },
      run: () => done(hurt.run(module)),
      runBaseline: () => done(whole.run(module)),
    });
    if (kills < line.n) throw new Error("a run was timed that followed no killed runner");
    yield line;
  } finally {
    await Promise.all([hurt.close(), whole.close()]);
  }
}
