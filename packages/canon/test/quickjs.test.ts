import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Intrinsics, QuickJS } from "quickjs-wasi";
import { expect, test } from "vitest";
import { examine, fewest, portableScript } from "./portable-build.ts";

// What the module sandbox gives its guests: no host function, no clock, no randomness, no Encoding API, no `crypto`.
const INTRINSICS =
  Intrinsics.EVAL |
  Intrinsics.DATE |
  Intrinsics.REGEXP |
  Intrinsics.JSON |
  Intrinsics.PROXY |
  Intrinsics.MAP_SET |
  Intrinsics.TYPED_ARRAYS |
  Intrinsics.PROMISE |
  Intrinsics.BIG_INT;

test("the portable entries answer in QuickJS, the module sandbox, what the native ones answer in Node", async () => {
  const require = createRequire(import.meta.url);
  const wasm = await WebAssembly.compile(await readFile(require.resolve("quickjs-wasi/quickjs.wasm")));
  const vm = await QuickJS.create({
    wasm,
    intrinsics: INTRINSICS,
    memoryLimit: 64 * 1024 * 1024,
    maxStackSize: 256 * 1024,
  });
  try {
    vm.evalCode(await portableScript()).dispose();
    using absent = vm.evalCode(
      "[typeof TextEncoder, typeof TextDecoder, typeof crypto, typeof setTimeout].join()",
    );
    expect(absent.toString()).toBe("undefined,undefined,undefined,undefined");
    // Pure JavaScript without a JIT: a signature takes a good part of a second, so two small bundles have to do.
    const { answer, asked } = examine(fewest);
    using fn = vm.global.getProp("answer");
    using question = vm.newString(asked);
    using said = vm.callFunction(fn, vm.undefined, question);
    expect(JSON.parse(said.toString())).toEqual(answer);
  } finally {
    vm.dispose();
  }
}, 120_000);
