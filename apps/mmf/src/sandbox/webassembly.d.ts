// The little of the WebAssembly API that the engine uses. TypeScript declares it only together with the whole DOM, which no
// service may use.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module";
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;
