import { createHash } from "node:crypto";
import { type Deferred, JSException, type JSValueHandle } from "quickjs-wasi";
import { type Engine, type Guest, type GuestImage, GuestThrew } from "./engine.ts";
import { RunEnded, reasonOf } from "./fault.ts";
import { Meter } from "./meter.ts";
import type {
  LoadParams,
  RpcResponse,
  RunnerCode,
  RunnerFault,
  RunnerLimits,
  RunParams,
  RunResult,
} from "./protocol.ts";

/** Images that one runner keeps; the oldest goes first. */
const MAX_IMAGES = 8;
interface OpenRun {
  id: string;
  guest: Guest;
  calls: number;
  pending: Map<number, Deferred>;
  /** Answers of the host that the guest has not been given. */
  answers: RpcResponse[];
  /** Called when an answer of the host has come. */
  wake: () => void;
}

/** One run at a time: images by digest, the open run, its unanswered calls. */
export class Desk {
  engine: Engine | undefined;
  readonly #send: (message: object) => void;
  readonly #images = new Map<string, GuestImage>();
  #meter: Meter | undefined;
  #memoryBytes = 0;
  /** What an error means that is no limit: a bad module while it loads, a failed run after. */
  #broken: RunnerCode = "guest-error";
  #open: OpenRun | undefined;
  #nextId = 1;

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  async load({ digest, code, limits }: LoadParams): Promise<object> {
    const meter = this.#begin(limits, "module-invalid");
    const image = await this.#engine().load(code, meter);
    const evicted = this.#images.size >= MAX_IMAGES ? this.#images.keys().next().value : undefined;
    if (evicted !== undefined) this.#images.delete(evicted);
    this.#images.set(digest, image);
    return evicted === undefined ? {} : { evicted };
  }

  async run({ run, digest, input, now, limits }: RunParams): Promise<RunResult> {
    const image = this.#images.get(digest);
    if (image === undefined) throw new RunEnded("module-invalid", `${digest} is not loaded`);
    const meter = this.#begin(limits, "guest-error");
    const guest = await this.#engine().open(image, meter, now);
    const open: OpenRun = { id: run, guest, calls: 0, pending: new Map(), answers: [], wake: () => {} };
    this.#open = open;
    try {
      const output = await this.#settle(open, input, now);
      return { output, cpuMs: meter.cpuMs, memoryBytes: guest.memoryBytes };
    } catch (error) {
      this.#memoryBytes = guest.memoryBytes;
      if (error instanceof JSException) throw new GuestThrew(guest.describe(error.handle));
      throw error;
    } finally {
      this.#open = undefined;
      guest.vm.dispose();
    }
  }

  async #settle(open: OpenRun, input: string, now: number): Promise<string> {
    const { guest } = open;
    const { vm, meter } = guest;
    const text = `{"input":${input},"run":${JSON.stringify(open.id)},"now":${now},"seed":${JSON.stringify(seed(open.id))}}`;
    using request = vm.newString(text);
    using promise = guest.control("start", request);
    for (;;) {
      guest.drain();
      if (meter.exceeded()) throw new RunEnded("guest-error", "stopped");
      if (promise.promiseState !== 0) break;
      // One answer, and all that the guest does with it, before the next: only their order counts, never how they arrived.
      const answer = open.answers.shift();
      if (answer !== undefined) {
        give(open, answer);
        continue;
      }
      if (open.pending.size === 0) {
        throw new RunEnded("run-stalled", "run() waits for something that no host call will settle");
      }
      await new Promise<void>((resolve) => {
        open.wake = resolve;
      });
    }
    const settled = await vm.resolvePromise(promise);
    if (meter.exceeded()) throw new RunEnded("guest-error", "stopped");
    if ("error" in settled) throw new GuestThrew(guest.describe(settled.error));
    using value = settled.value;
    const limit = meter.limits.outputBytes;
    const output = value.length <= limit ? value.toString() : undefined;
    if (output === undefined || Buffer.byteLength(output) > limit) {
      throw new RunEnded("output-too-large", "output-too-large");
    }
    if (open.pending.size > 0) {
      throw new RunEnded(
        "pending-calls",
        `run() ended with ${open.pending.size} host calls unanswered; await each`,
      );
    }
    return output;
  }

  /** The one host function: answers a promise at once, and asks the host. A limit passed here ends the run, whatever the guest catches. */
  callHost(guest: Guest, method: JSValueHandle | undefined, args: JSValueHandle | undefined): JSValueHandle {
    const open = this.#open;
    if (open === undefined || open.guest !== guest)
      throw new Error("a host call is possible only inside run()");
    const { meter } = guest;
    if (++open.calls > meter.limits.hostCalls) {
      meter.stop ??= "calls-limit";
      throw new Error("calls-limit");
    }
    if (!method?.isString || !args?.isString || method.length > 64)
      throw new Error("two strings are expected");
    const limit = meter.limits.argumentBytes;
    const text = args.length <= limit ? args.toString() : undefined;
    if (text === undefined || Buffer.byteLength(text) > limit) {
      meter.stop ??= "argument-too-large";
      throw new Error("argument-too-large");
    }
    const id = this.#nextId++;
    const deferred = guest.vm.newPromise();
    open.pending.set(id, deferred);
    this.#send({
      id,
      method: "hostCall",
      params: { run: open.id, seq: open.calls - 1, method: method.toString(), args: text },
    });
    return deferred.handle;
  }

  /** An answer of the host. One that comes after its run has ended belongs to nobody. */
  answered(message: RpcResponse): void {
    const open = this.#open;
    if (open === undefined || !open.pending.has(message.id)) return;
    open.answers.push(message);
    open.wake();
  }

  /** The JSON-RPC error of a failed load or run. */
  fault(error: unknown): { code: number; message: string; data: RunnerFault } {
    const cpuMs = this.#meter?.cpuMs ?? 0;
    const { code, message } = reasonOf(error, {
      meter: this.#meter,
      broken: this.#broken,
      memoryBytes: this.#memoryBytes,
    });
    return {
      code: -32_000,
      message,
      data: { code, cpuMs, memoryBytes: this.#memoryBytes },
    };
  }

  #begin(limits: RunnerLimits, broken: RunnerCode): Meter {
    this.#meter = new Meter(limits);
    this.#broken = broken;
    this.#memoryBytes = 0;
    return this.#meter;
  }

  #engine(): Engine {
    if (this.engine === undefined) throw new Error("the engine has not started");
    return this.engine;
  }
}

/** Settles the guest's promise of one call. */
function give({ pending, guest: { vm } }: OpenRun, { id, result, error }: RpcResponse): void {
  const deferred = pending.get(id);
  if (deferred === undefined) return;
  pending.delete(id);
  if (error === undefined) {
    using value = vm.newString(String(result));
    deferred.resolve(value);
  } else {
    using reason = vm.newString(JSON.stringify(error.data));
    deferred.reject(reason);
  }
}

/** Four words of SHA-256 over the run id: a run that is repeated draws the same numbers. */
function seed(run: string): number[] {
  const hash = createHash("sha256").update(`SIGIL-RUN-SEED-V1\n${run}`).digest();
  return [0, 4, 8, 12].map((at) => hash.readInt32BE(at));
}
