import { memoryOf, scratchBytes } from "./frameMemory.ts";
import { sampleLineModule } from "./sampleLine.ts";
import { Instance, Module, type WasmMemory } from "./webAssembly.ts";

/** Samples four pixels at a time, in the memory that a frame was decoded to. */
export interface SampleKernel {
  /** `line` of sampleLine.wat: adds the sums of `nu` samples to `count` floats at byte `out`, `count` a multiple of four. */
  readonly line: (
    ...args: [
      ...[src: number, stride: number, x: number, y: number],
      ...[pixelX: number, pixelY: number, stepX: number, stepY: number],
      ...[nu: number, count: number, out: number],
    ]
  ) => void;
  /** From byte 0 of the memory on: room for the sums of a plane. */
  readonly sums: Float32Array;
}

const sampleLine = new Module(Buffer.from(sampleLineModule, "base64"));
const kernels = new WeakMap<WasmMemory, SampleKernel>();

/** The kernel for a picture, if that lies where one can compute. */
export function kernelFor(src: Uint8Array): SampleKernel | undefined {
  const memory = memoryOf(src);
  if (memory === undefined) return undefined;
  let kernel = kernels.get(memory);
  if (kernel === undefined) {
    const { line } = new Instance(sampleLine, { frames: { memory } }).exports;
    kernel = {
      line: line as SampleKernel["line"],
      sums: new Float32Array(memory.buffer, 0, scratchBytes / Float32Array.BYTES_PER_ELEMENT),
    };
    kernels.set(memory, kernel);
  }
  return kernel;
}
