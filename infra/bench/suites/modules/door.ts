import { Pool } from "undici";
import { Runtime, temporaryHome } from "../../../e2e/runtime.ts";
import { type Line, measure, type Scale } from "../../measure.ts";

/** A whole recorded run: licence, decision, grant, run, chain, and its records on the disk. */
export async function* throughTheDoor(scale: Scale): AsyncGenerator<Line> {
  const { home, remove } = temporaryHome("bench");
  const runtime = await Runtime.start(home);
  const door = new Pool(runtime.url, { connections: 4 });
  const headers = {
    authorization: `Bearer ${runtime.licence("operator")}`,
    "content-type": "application/json",
  };
  const post = async (path: string, body: unknown) => {
    const response = await door.request({ method: "POST", path, headers, body: JSON.stringify(body) });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`POST ${path} answered ${response.statusCode}: ${text}`);
  };
  try {
    yield await measure({
      ...{ ...scale, suite: "modules", case: "run-through-door", unit: "ms" },
      baseline: "a memory block through the same door: a decision and its records, without a run",
      run: () => post("/v1/modules/hello/runs", { input: { name: "bench" } }),
      runBaseline: () =>
        post("/v1/memory", { kind: "episodic", text: "a note", tags: [], visibility: "private" }),
    });
  } finally {
    await door.close();
    await runtime.stop();
    remove();
  }
}
