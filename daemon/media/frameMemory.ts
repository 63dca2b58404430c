import { Memory, type WasmMemory } from "./webAssembly.ts";

/** Bytes before the blocks that whoever computes in the memory may write to. */
export const scratchBytes = 1 << 20;
const pageBytes = 1 << 16;
const memories = new WeakMap<ArrayBufferLike, WasmMemory>();

/**
 * Room for `count` frames of so many bytes, in memory that WebAssembly can read: a frame is sampled where it was decoded to.
 * Ordinary memory where none of that kind is left.
 */
export function allocateFrames(count: number, bytes: number): Uint8Array[] {
  // Behind the last one too, loads of four pixels at a time may look a little further.
  const pages = Math.ceil((2 * scratchBytes + count * bytes) / pageBytes);
  try {
    const memory = new Memory({ initial: pages, maximum: pages });
    memories.set(memory.buffer, memory);
    return Array.from(
      { length: count },
      (_, i) => new Uint8Array(memory.buffer, scratchBytes + i * bytes, bytes),
    );
  } catch (error) {
    if (error instanceof RangeError) return Array.from({ length: count }, () => new Uint8Array(bytes));
    throw error;
  }
}

/** The memory that this view lies in, if it is one of {@link allocateFrames}. */
export function memoryOf({ buffer }: Uint8Array): WasmMemory | undefined {
  return memories.get(buffer);
}
