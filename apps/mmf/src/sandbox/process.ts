import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { dirname } from "node:path";
import { LineSplitter } from "./lines.ts";
import { MAX_RUNNER_LINE, type RpcResponse, type RunnerFault } from "./protocol.ts";
import { processUsage } from "./usage.ts";

/** Kept of what a runner prints on stderr; the rest is dropped. UTF-16 units. */
const MAX_STDERR = 4_096;

/** Why a runner is no longer there. */
export type EndCode =
  | "runner-crashed"
  | "protocol-error"
  | "wall-limit"
  | "cpu-limit"
  | "memory-limit"
  | "cancelled";

/** A load or run that the runner itself ended. */
export class RunnerRefused extends Error {
  readonly fault: RunnerFault;
  constructor(message: string, fault: RunnerFault) {
    super(message);
    this.fault = fault;
  }
}

/** The runner is gone: it died, or the host ended it. */
export class RunnerEnded extends Error {
  readonly code: EndCode;
  constructor(code: EndCode, message: string) {
    super(message);
    this.code = code;
  }
}

type CallReply = { result: string } | { error: { code: string; message: string } };

/** What the host does with a request of the runner; undefined = it was not expected, and ends the runner. */
export type OnCall = (params: unknown) => Promise<CallReply> | undefined;

/** One child process and its pipe. Every message of it is checked; the first that was not expected ends it. */
export class RunnerProcess {
  readonly digests = new Set<string>();
  /** The publisher whose modules it has run. */
  publisher: string | undefined;
  runs = 0;
  /** True once it has said that it is ready. */
  started = false;
  onCall: OnCall = () => undefined;
  readonly ready: Promise<void>;
  readonly ended: Promise<RunnerEnded>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (outcome: RpcResponse) => void>();
  #nextId = 1;
  #end: RunnerEnded | undefined;
  #markReady: () => void = () => {};
  #markEnded: (end: RunnerEnded) => void = () => {};
  #stderr = "";

  constructor(command: string[], entry: string) {
    const [program = "", ...args] = command;
    this.#child = spawn(program, args, {
      // Nothing of the service's environment; Windows cannot start a process without SystemRoot.
      env: process.platform === "win32" ? { SystemRoot: process.env.SystemRoot } : {},
      cwd: dirname(entry),
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
    this.ready = Promise.race([
      new Promise<void>((resolve) => {
        this.#markReady = resolve;
      }),
      this.ended.then((end) => Promise.reject(end)),
    ]);
    this.ready.catch(() => {});
    const lines = new LineSplitter(MAX_RUNNER_LINE, (line) => this.#receive(line));
    this.#child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      if (!lines.push(chunk)) this.kill("protocol-error", `a line longer than ${MAX_RUNNER_LINE} characters`);
    });
    this.#child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-MAX_STDERR);
    });
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => this.kill("runner-crashed", error.message));
    this.#child.on("close", (status, signal) => {
      const words = this.#stderr.trim().split("\n").at(-1) ?? "";
      this.#finish(
        new RunnerEnded("runner-crashed", `the runner ended with ${signal ?? `status ${status}`}: ${words}`),
      );
    });
  }

  get alive(): boolean {
    return this.#end === undefined;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  usage(): { cpuMs: number; residentBytes: number } | undefined {
    return this.#child.pid === undefined ? undefined : processUsage(this.#child.pid);
  }

  /** @throws RunnerRefused when the runner answers with a fault, RunnerEnded when it is gone before it answers. */
  request(method: "load" | "run", params: object): Promise<unknown> {
    const id = this.#nextId++;
    const answer = new Promise<RpcResponse>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#send({ id, method, params });
    return Promise.race([answer, this.ended]).then((outcome) => {
      if (outcome instanceof RunnerEnded) throw outcome;
      if (outcome.error !== undefined) {
        throw new RunnerRefused(outcome.error.message, outcome.error.data as RunnerFault);
      }
      return outcome.result;
    });
  }

  /** SIGKILL: nothing in the child gets a say. Returns at once. */
  kill(code: EndCode, message: string): void {
    this.#finish(new RunnerEnded(code, message));
    this.#child.kill("SIGKILL");
  }

  #finish(end: RunnerEnded): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#waiting.clear();
    this.#markEnded(end);
  }

  #send(message: object): void {
    if (this.alive) this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Acts on one line. What is not expected here and now ends the runner: nothing of it is trusted any more. */
  #receive(line: string): void {
    if (!this.alive) return;
    const message = readMessage(line);
    const id = message?.id;
    if (message?.method === "ready") {
      this.started = true;
      this.#markReady();
    } else if (message === undefined || typeof id !== "number") {
      this.kill("protocol-error", "the runner sent a line that is no JSON-RPC message");
    } else if (message.method === undefined) {
      this.#answered(id, message as unknown as RpcResponse);
    } else {
      const answer = message.method === "hostCall" ? this.onCall(message.params) : undefined;
      if (answer === undefined)
        this.kill("protocol-error", "the runner made a call that no open run may make");
      else void answer.then((outcome) => this.#reply(id, outcome));
    }
  }

  #answered(id: number, message: RpcResponse): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting === undefined) this.kill("protocol-error", "the runner answered what nobody asked");
    else waiting(message);
  }

  #reply(id: number, outcome: CallReply): void {
    if ("result" in outcome) this.#send({ id, result: outcome.result });
    else this.#send({ id, error: { code: -32_001, message: outcome.error.code, data: outcome.error } });
  }
}

function readMessage(line: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== "object" || message === null || Array.isArray(message)) return undefined;
    return message as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
