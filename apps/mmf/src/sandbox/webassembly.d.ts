// The little of the WebAssembly API that the engine uses. TypeScript declares it only together with the whole DOM, which no
// service may use.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module";
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** @param pages of 65 536 bytes, added */
    grow(pages: number): number;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  function instantiate(module: Module, imports: Record<string, object>): Promise<Instance>;
}
type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;
