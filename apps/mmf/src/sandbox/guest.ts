/**
 * The code that runs inside the guest before any module does. `installGuest` is compiled from its own source text inside
 * the engine, so it may use nothing but its parameters and the intrinsics of the guest.
 *
 * It removes what a module must not have, replaces what would not replay, freezes every intrinsic, and returns the
 * control object that only the runner holds. Nothing of it is reachable from a module afterwards.
 */

type HostCall = (method: string, args: string) => Promise<string>;

/** What the runner keeps of a guest. Strings are JSON text. */
export interface GuestControl {
  /** Takes the default export of the module; throws unless it has a `run` function. */
  adopt(exported: unknown): void;
  /** Starts the run. `text` = JSON of {input, run, now, seed: [u32, u32, u32, u32]}. Resolves with the JSON text of the output. */
  start(text: string): Promise<string>;
  /** JSON text {code?, name, message, stack} of anything thrown, without running code of the module. */
  describe(thrown: unknown): string;
}

export function installGuest(hostCall: HostCall): GuestControl {
  const root = globalThis as unknown as Record<string, unknown>;
  const { parse, stringify } = JSON;
  const {
    create,
    defineProperty,
    freeze,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    isFrozen,
    preventExtensions,
  } = Object;
  const { ownKeys, apply } = Reflect;
  const GuestError = Error;
  const GuestTypeError = TypeError;
  const GuestString = String;

  // No code from text, no shared memory, and no deprecated globals beside them.
  for (const name of ["eval", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry"]) {
    delete root[name];
  }

  // The engine seeds its own generator once per context, and a snapshot would give every run the same numbers: sfc32, seeded per run.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 1;
  const draw = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  defineProperty(Math, "random", {
    value: () => (draw() * 0x200000 + (draw() >>> 11)) / 0x20000000000000,
    writable: false,
    enumerable: false,
    configurable: false,
  });

  // Freezing a prototype would also stop `this.name = …` on its instances (ECMA-262 OrdinarySet refuses to shadow a read-only
  // property), which ordinary classes do. These few become accessors whose setter defines an own property on the instance.
  const overridable: [object, string[]][] = [
    [Object.prototype, ["constructor", "toString", "toLocaleString", "valueOf", "hasOwnProperty"]],
    [Function.prototype, ["constructor", "toString", "bind"]],
    [Array.prototype, ["constructor", "toString"]],
    [Promise.prototype, ["constructor"]],
  ];
  for (const key of ownKeys(root)) {
    const value = root[key as string];
    if (typeof value !== "function") continue;
    const prototype = (value as { prototype?: unknown }).prototype;
    if (prototype instanceof GuestError || prototype === GuestError.prototype) {
      overridable.push([prototype as object, ["constructor", "name", "message", "toString"]]);
    }
  }
  for (const [target, names] of overridable) {
    for (const name of names) {
      const descriptor = getOwnPropertyDescriptor(target, name);
      if (descriptor === undefined || !("value" in descriptor)) continue;
      const value = descriptor.value as unknown;
      defineProperty(target, name, {
        get: () => value,
        set(this: object, next: unknown) {
          if (this === target) throw new GuestTypeError(`${name} of a frozen intrinsic cannot change`);
          defineProperty(this, name, {
            value: next,
            writable: true,
            enumerable: true,
            configurable: true,
          });
        },
        enumerable: false,
        configurable: false,
      });
    }
  }

  const freezeAll = (start: unknown[]) => {
    const seen = new Set<unknown>();
    const queue = start;
    for (let at = 0; at < queue.length; at++) {
      const value = queue[at];
      if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
      if (seen.has(value)) continue;
      seen.add(value);
      if (value !== root && !isFrozen(value)) {
        // Typed arrays and the like cannot be frozen; no intrinsic is one.
        freeze(value);
      }
      queue.push(getPrototypeOf(value));
      for (const key of ownKeys(value)) {
        const descriptor = getOwnPropertyDescriptor(value, key);
        if (descriptor === undefined) continue;
        // A property is a value, or a getter and a setter.
        queue.push(descriptor.value, descriptor.get, descriptor.set);
      }
    }
  };
  // Intrinsics that no global names: iterators, generators, async functions, and the constructors behind them.
  const hidden: unknown[] = [
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ""[Symbol.iterator](),
    "".matchAll(/a/g),
    (function* () {})(),
    function* () {},
    async () => {},
    async function* () {},
    (async function* () {})(),
    getPrototypeOf(Int8Array),
  ].map((value) => getPrototypeOf(value));
  freezeAll([root, ...hidden]);
  for (const key of ownKeys(root)) {
    const descriptor = getOwnPropertyDescriptor(root, key);
    if (descriptor?.configurable) {
      defineProperty(root, key, {
        ...descriptor,
        configurable: false,
        ...("value" in descriptor && { writable: false }),
      });
    }
  }
  preventExtensions(root);

  const call = async (method: string, argument: unknown) => {
    const text = stringify(argument === undefined ? null : argument);
    if (typeof text !== "string") throw new GuestTypeError(`${method}: the argument is not JSON`);
    let answer: string;
    try {
      answer = await hostCall(method, text);
    } catch (thrown) {
      // The runner rejects with the JSON text of {code, message}.
      const { code, message } = parse(GuestString(thrown)) as { code: string; message: string };
      const error = new GuestError(message);
      error.name = "HostCallError";
      defineProperty(error, "code", { value: code, enumerable: true });
      throw error;
    }
    return parse(answer) as unknown;
  };

  const context = (run: string, now: number) =>
    freeze({
      runId: run,
      now,
      memory: freeze({
        write: (block: unknown) => call("memory.write", block),
        list: (query?: unknown) => call("memory.list", query ?? {}),
        search: (query: unknown) => call("memory.search", query),
      }),
      rag: freeze({ search: (query: unknown) => call("rag.search", query) }),
      canon: freeze({ read: (query: unknown) => call("canon.read", query) }),
      logInteraction: (entry: unknown) => call("interaction.log", { entry }),
      emitAudit: (claim: unknown) => call("audit.emit", { claim }),
      llm: freeze({ complete: (request: unknown) => call("llm.complete", request) }),
    });

  let run: ((input: unknown, ctx: unknown) => unknown) | undefined;
  let self: unknown;
  const text = (read: () => unknown): string => {
    try {
      const value = read();
      return typeof value === "string" ? value : "";
    } catch {
      return "";
    }
  };

  return freeze({
    adopt(exported: unknown) {
      const candidate = (exported as { run?: unknown } | null | undefined)?.run;
      if (typeof candidate !== "function") {
        throw new GuestTypeError("the default export has no run(input, ctx) function");
      }
      self = exported;
      run = candidate as (input: unknown, ctx: unknown) => unknown;
    },
    async start(request: string) {
      const {
        input,
        run: id,
        now,
        seed,
      } = parse(request) as {
        input: unknown;
        run: string;
        now: number;
        seed: [number, number, number, number];
      };
      [a, b, c, d] = seed;
      for (let warm = 0; warm < 15; warm++) draw();
      if (run === undefined) throw new GuestTypeError("no module was adopted");
      const output = await (apply(run, self, [input, context(id, now)]) as unknown);
      const encoded = stringify(output);
      if (typeof encoded !== "string") throw new GuestTypeError("run returned a value that is not JSON");
      return encoded;
    },
    describe(thrown: unknown) {
      const report = create(null) as Record<string, string>;
      const isObject = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
      // Own data properties only: a getter of the module does not run here.
      const own = (key: string) =>
        text(() => {
          for (let at: unknown = thrown; at !== null; at = getPrototypeOf(at)) {
            const descriptor = getOwnPropertyDescriptor(at, key);
            if (descriptor === undefined) continue;
            if ("value" in descriptor) return descriptor.value;
            return isFrozen(at) && descriptor.get ? apply(descriptor.get, thrown, []) : "";
          }
          return "";
        });
      report.name = isObject ? own("name") || "Error" : typeof thrown;
      report.message = isObject ? own("message") : text(() => GuestString(thrown));
      report.stack = isObject ? own("stack") : "";
      report.code = isObject ? own("code") : "";
      return stringify(report);
    },
  });
}
