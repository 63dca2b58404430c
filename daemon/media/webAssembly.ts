/** Bytes that WebAssembly and JavaScript both see. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What EDIN uses of WebAssembly; Node's types leave it to those of browsers, which the daemon does not see. */
interface WebAssemblyApi {
  /** Sizes are pages of 64 KB. @throws RangeError where there is no room */
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
