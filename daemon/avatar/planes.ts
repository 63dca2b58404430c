/** A picture of an avatar: interleaved sRGB, `size` x `size`. */
export interface SquarePicture {
  readonly size: number;
  readonly rgb: Uint8Array;
}

/** Interleaved pixels -> planes R, G, B of `to` x `to`, 0..255, each the mean of the pixels that it covers. */
export function shrinkToPlanes({ size, rgb }: SquarePicture, to: number, out: Float32Array): void {
  const step = size / to;
  const starts = Array.from({ length: to }, (_, k) => Math.floor(k * step));
  const ends = starts.map((start, k) => Math.max(start + 1, Math.floor((k + 1) * step)));
  for (let ch = 0, o = 0; ch < 3; ch++) {
    for (let y = 0; y < to; y++) {
      for (let x = 0; x < to; x++, o++) {
        let sum = 0;
        for (let j = starts[y]!; j < ends[y]!; j++)
          for (let i = starts[x]!; i < ends[x]!; i++) sum += rgb[3 * (j * size + i) + ch]!;
        out[o] = sum / ((ends[y]! - starts[y]!) * (ends[x]! - starts[x]!));
      }
    }
  }
}

/** Planes R, G, B -> interleaved bytes. */
export function interleave(planes: Float32Array, out: Uint8Array): void {
  const area = out.length / 3;
  for (let i = 0; i < area; i++)
    for (let ch = 0; ch < 3; ch++)
      out[3 * i + ch] = Math.min(255, Math.max(0, Math.round(planes[ch * area + i]!)));
}
