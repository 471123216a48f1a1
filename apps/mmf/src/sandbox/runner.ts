/**
 * The disposable child in which modules run. It trusts nobody's code: it holds no key, no environment, no descriptor but
 * its three pipes, and may read only its own files. Usage: node --permission --allow-fs-read=… runner.ts <quickjs.wasm>
 */
import { readFileSync } from "node:fs";
import { Desk } from "./desk.ts";
import { Engine } from "./engine.ts";
import {
  ENGINE,
  type LoadParams,
  type RpcRequest,
  type RpcResponse,
  type RunnerLimits,
  type RunParams,
} from "./protocol.ts";

/** Far more than it takes. */
const EXERCISE_LIMITS: RunnerLimits = {
  ...{ cpuMs: 5_000, memoryBytes: 2 ** 25, wasmBytes: 2 ** 26, stackBytes: 2 ** 18 },
  ...{ hostCalls: 1, argumentBytes: 64, outputBytes: 64 },
};

const send = (message: object) =>
  void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

const wasm = new Uint8Array(readFileSync(process.argv[2] ?? ""));
let desk = new Desk((message) =>
  queueMicrotask(() => desk.answered({ ...(message as RpcResponse), result: "{}" })),
);
const engine = await Engine.start(wasm, (guest, method, args) => desk.callHost(guest, method, args));
await exercise();
desk = new Desk(send);
desk.engine = engine;

/** A few runs of a module of its own, so that whoever is given a new runner does not wait for what happens only once in it. */
async function exercise(): Promise<void> {
  desk.engine = engine;
  const code = "export default { async run(input, ctx) { return [input, await ctx.memory.list()] } }";
  await desk.load({ digest: "exercise", code, limits: EXERCISE_LIMITS });
  for (let run = 0; run < 3; run++) {
    await desk.run({ run: `${run}`, digest: "exercise", input: "{}", now: 0, limits: EXERCISE_LIMITS });
  }
}

async function handle(line: string): Promise<void> {
  const message = JSON.parse(line) as RpcRequest | RpcResponse;
  if (!("method" in message)) return desk.answered(message);
  try {
    const result =
      message.method === "load"
        ? await desk.load(message.params as LoadParams)
        : await desk.run(message.params as RunParams);
    send({ id: message.id, result });
  } catch (error) {
    // A trap of the engine leaves nothing to trust: the process ends, and the host takes another.
    if (error instanceof WebAssembly.RuntimeError) process.exit(70);
    send({ id: message.id, error: desk.fault(error) });
  }
}

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk: string) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) void handle(line);
});
process.stdin.on("end", () => process.exit(0));
send({ method: "ready", params: { engine: ENGINE.name } });
