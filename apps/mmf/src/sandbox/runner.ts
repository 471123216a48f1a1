/**
 * The disposable child in which modules run. It trusts nobody's code: it holds no key, no environment, no descriptor but
 * its three pipes, and may read only its own files. Usage: node --permission --allow-fs-read=… runner.ts <quickjs.wasm>
 */
import { readFileSync } from "node:fs";
import { Desk } from "./desk.ts";
import { Engine } from "./engine.ts";
import { ENGINE, type LoadParams, type RpcRequest, type RpcResponse, type RunParams } from "./protocol.ts";

const send = (message: object) =>
  void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

const desk = new Desk(send);
const wasm = new Uint8Array(readFileSync(process.argv[2] ?? ""));
desk.engine = await Engine.start(wasm, (guest, method, args) => desk.callHost(guest, method, args));

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
