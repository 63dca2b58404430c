import { memoryOf, scratchBytes } from "./frameMemory.ts";
import { sampleKernelCode } from "./sampleKernelCode.ts";
import { Instance, Module, type WasmMemory } from "./webAssembly.ts";

/** A value that a mean of samples becomes: `scale * mean + shift`, within 0..255. */
export interface Levels {
  readonly scale: number;
  readonly shift: number;
}

/** The loops of sampleKernel.wat, in the memory that a frame was decoded to. Places are bytes of that memory. */
export interface SampleKernel {
  readonly sample: (
    ...args: [
      ...[src: number, stride: number, right: number, bottom: number, x: number, y: number],
      ...[ux: number, uy: number, vx: number, vy: number, nu: number, nv: number],
      ...[count: number, rows: number, scale: number, shift: number, out: number, line: number],
    ]
  ) => void;
  readonly whole: (
    ...args: [
      ...[src: number, stride: number, nu: number, count: number, rows: number],
      ...[scale: number, shift: number, out: number, line: number],
    ]
  ) => void;
  readonly rgb: (
    ...args: [
      ...[y: number, u: number, v: number, count: number],
      ...[black: number, luma: number, redV: number, greenU: number, greenV: number, blueU: number],
    ]
  ) => void;
  /** From byte 0 of the memory on: room for what is sampled. */
  readonly floats: Float32Array;
}

const code = new Module(Buffer.from(sampleKernelCode, "base64"));
const kernels = new WeakMap<WasmMemory, SampleKernel>();

/** The kernel for a picture, if that lies where one can compute. */
export function kernelFor(src: Uint8Array): SampleKernel | undefined {
  const memory = memoryOf(src);
  if (memory === undefined) return undefined;
  let kernel = kernels.get(memory);
  if (kernel === undefined) {
    const { sample, whole, rgb } = new Instance(code, { frames: { memory } })
      .exports as unknown as SampleKernel;
    const floats = new Float32Array(memory.buffer, 0, scratchBytes / Float32Array.BYTES_PER_ELEMENT);
    kernel = { sample, whole, rgb, floats };
    kernels.set(memory, kernel);
  }
  return kernel;
}
