import { createHash } from "node:crypto";
import { EvalFlags, Intrinsics, JSException, type JSValueHandle, QuickJS } from "quickjs-wasi";
import { type GuestControl, installGuest } from "./guest.ts";
import { Meter } from "./meter.ts";
import { ENGINE, type RunnerLimits } from "./protocol.ts";
import { occupied, type Sparse, sparse, writeInto } from "./sparse.ts";
import { quiet } from "./wasi.ts";

/** Everything but code from text (EVAL), clocks (PERFORMANCE), garbage-collector probes (WEAK_REF) and DOM leftovers. */
const INTRINSICS =
  Intrinsics.DATE |
  Intrinsics.REGEXP |
  Intrinsics.JSON |
  Intrinsics.PROXY |
  Intrinsics.MAP_SET |
  Intrinsics.TYPED_ARRAYS |
  Intrinsics.PROMISE |
  Intrinsics.BIG_INT;

/** The bootstrap of an empty guest needs about 2 ms; this only bounds a broken engine. */
const BOOT_LIMITS: RunnerLimits = {
  cpuMs: 5_000,
  memoryBytes: 32 * 1024 * 1024,
  wasmBytes: 64 * 1024 * 1024,
  stackBytes: 256 * 1024,
  hostCalls: 0,
  argumentBytes: 0,
  outputBytes: 0,
};

/** A guest as bytes: restored for every run, so that nothing of one run is seen by the next. */
export interface GuestImage {
  snapshot: Sparse;
  /** Where the control object lies in the snapshot. */
  control: number;
}

/** The one host function. Both arguments are the guest's: of any type, or absent. */
export type CallHost = (
  guest: Guest,
  method: JSValueHandle | undefined,
  args: JSValueHandle | undefined,
) => JSValueHandle;

/** One QuickJS machine with its meter. Dispose it after one run. */
export class Guest {
  readonly vm: QuickJS;
  readonly meter: Meter;
  readonly #control: number;

  constructor(vm: QuickJS, meter: Meter, control: number) {
    this.vm = vm;
    this.meter = meter;
    this.#control = control;
  }

  /** Calls a function of the control object. @throws JSException for what the guest threw. */
  control(name: keyof GuestControl, argument: JSValueHandle): JSValueHandle {
    using control = this.vm.importHandle(this.#control);
    using fn = control.getProp(name);
    return this.vm.callFunction(fn, this.vm.undefined, argument);
  }

  /**
   * Runs what is ready to run, job by job: an interruption ends one job only, and as the rejection of an async function it
   * can be caught, so the meter is asked between jobs too.
   * @throws GuestThrew for a job that threw.
   */
  drain(): void {
    const engine = this.vm._getExports();
    while (!this.meter.exceeded() && engine.qjs_is_job_pending() !== 0) {
      if (engine.qjs_execute_pending_job() >= 0) continue;
      using thrown = this.vm.getException();
      throw new GuestThrew(this.describe(thrown));
    }
  }

  /** JSON text {name, message, stack, code} of a thrown value, made inside the guest. */
  describe(thrown: JSValueHandle): string {
    return this.control("describe", thrown).consume((report) => report.toString());
  }

  /** WebAssembly memory of this machine; it never shrinks, so this is also the peak. */
  get memoryBytes(): number {
    return this.vm._getMemory().buffer.byteLength;
  }
}

/** The compiled engine and the image of an empty, hardened guest. */
export class Engine {
  readonly #wasm: WebAssembly.Module;
  readonly #base: GuestImage;
  /** Pages of memory that a new machine has written before anything is restored into it. */
  readonly #written: ReadonlySet<number>;
  readonly #callHost: CallHost;

  private constructor(
    wasm: WebAssembly.Module,
    base: GuestImage,
    written: ReadonlySet<number>,
    callHost: CallHost,
  ) {
    this.#wasm = wasm;
    this.#base = base;
    this.#written = written;
    this.#callHost = callHost;
  }

  /** @throws Error unless the bytes are exactly the pinned engine. */
  static async start(wasmBytes: Uint8Array<ArrayBuffer>, callHost: CallHost): Promise<Engine> {
    const actual = createHash("sha256").update(wasmBytes).digest("hex");
    if (actual !== ENGINE.wasmSha256) {
      throw new Error(
        `engine-mismatch: quickjs.wasm has SHA-256 ${actual}, ${ENGINE.name} has ${ENGINE.wasmSha256}; build again`,
      );
    }
    const wasm = await WebAssembly.compile(wasmBytes);
    const meter = new Meter(BOOT_LIMITS);
    const vm = await open(wasm, meter, 0, undefined);
    const bytecode = await compile(
      wasm,
      `(${installGuest.toString()})`,
      "guest.js",
      EvalFlags.TYPE_GLOBAL,
      meter,
    );
    const install = vm.evalBytecode(bytecode);
    // The name is all that a snapshot keeps of a host function; the function itself is given again after each restore.
    const hostCall = vm.newFunction("hostCall", () => vm.undefined);
    const control = vm.callFunction(install, vm.undefined, hostCall);
    install.dispose();
    hostCall.dispose();
    vm.runGC();
    const written = await firstPages(wasm);
    const base = { snapshot: sparse(vm.snapshot(), written), control: vm.exportHandle(control) };
    vm.dispose();
    return new Engine(wasm, base, written, callHost);
  }

  /**
   * Compiles a module in a machine of its own, then evaluates its top level in a fresh guest and keeps that as an image.
   * @throws GuestThrew for what the module threw; Error for what is not a module.
   */
  async load(code: string, meter: Meter): Promise<GuestImage> {
    const bytecode = await compile(this.#wasm, code, "module.js", EvalFlags.TYPE_MODULE, meter);
    // At load time it is 1970 for every module: the image may not depend on when it was made.
    const guest = await this.open(this.#base, meter, 0);
    const { vm } = guest;
    try {
      using evaluated = vm.evalBytecode(bytecode);
      guest.drain();
      if (evaluated.promiseState === 0) {
        throw new Error("the module's top level awaits something that never settles");
      }
      const settled = await vm.resolvePromise(evaluated);
      if ("error" in settled) throw new GuestThrew(guest.describe(settled.error));
      {
        using namespace = settled.value;
        using exported = namespace.getProp("default");
        guest.control("adopt", exported).dispose();
      }
      return { snapshot: sparse(vm.snapshot(), this.#written), control: this.#base.control };
    } catch (error) {
      if (error instanceof JSException) throw new GuestThrew(guest.describe(error.handle));
      throw error;
    } finally {
      vm.dispose();
    }
  }

  /** A fresh guest from an image, its clock standing at `now` (ms since the epoch). */
  async open(image: GuestImage, meter: Meter, now: number): Promise<Guest> {
    const vm = await open(this.#wasm, meter, now, image.snapshot);
    const guest = new Guest(vm, meter, image.control);
    vm.registerHostCallback("hostCall", (method, args) => this.#callHost(guest, method, args));
    return guest;
  }
}

/** What the guest threw, as the JSON text that the guest's `describe` made of it. */
export class GuestThrew extends Error {
  readonly report: string;
  constructor(report: string) {
    super("the guest threw");
    this.report = report;
  }
}

async function compile(
  wasm: WebAssembly.Module,
  code: string,
  name: string,
  flags: number,
  meter: Meter,
): Promise<Uint8Array> {
  const vm = await QuickJS.create({
    wasm,
    memoryLimit: meter.limits.memoryBytes,
    maxStackSize: meter.limits.stackBytes,
    interruptHandler: () => meter.exceeded(),
    wasi: quiet(0),
    timezoneOffset: 0,
    moduleLoader: {
      load: (specifier) => {
        throw new Error(`import of '${specifier}': a module is one file and imports nothing`);
      },
    },
  });
  try {
    return vm.compile(code, name, flags);
  } finally {
    vm.dispose();
  }
}

async function open(wasm: WebAssembly.Module, meter: Meter, now: number, snapshot: Sparse | undefined) {
  const options = {
    wasm,
    intrinsics: INTRINSICS,
    memoryLimit: meter.limits.memoryBytes,
    maxStackSize: meter.limits.stackBytes,
    interruptHandler: () => meter.exceeded(),
    wasi: quiet(now),
    timezoneOffset: 0,
  };
  const vm = snapshot === undefined ? await QuickJS.create(options) : await restore(snapshot, options);
  meter.memory = vm._getMemory();
  return vm;
}

/**
 * The engine's own restore would write every page, and most are empty. It is given none; the pages are written here, and the
 * limits, which it has set in memory that was not there yet, once more.
 */
async function restore(snapshot: Sparse, options: Parameters<typeof QuickJS.restore>[1] & LimitOptions) {
  const vm = await QuickJS.restore({ ...snapshot.machine, memory: new Uint8Array() }, options);
  writeInto(vm._getMemory(), snapshot);
  const engine = vm._getExports();
  engine.qjs_set_runtime_and_context(snapshot.machine.runtimePtr, snapshot.machine.contextPtr);
  engine.qjs_set_memory_limit(options.memoryLimit);
  engine.qjs_set_max_stack_size(options.maxStackSize);
  engine.qjs_set_interrupt_handler(1);
  return vm;
}

interface LimitOptions {
  memoryLimit: number;
  maxStackSize: number;
}

/** The pages that data segments of the engine fill when a machine is made. */
async function firstPages(wasm: WebAssembly.Module): Promise<ReadonlySet<number>> {
  const nothing = new Proxy({}, { get: () => () => 0 });
  const { exports } = await WebAssembly.instantiate(wasm, { env: nothing, wasi_snapshot_preview1: nothing });
  return occupied(new Uint8Array((exports.memory as WebAssembly.Memory).buffer));
}
