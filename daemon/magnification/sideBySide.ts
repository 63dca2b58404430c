/** Joins two yuv420p pictures of the same even size: `left` beside `right`, into `out` (twice the bytes of one). */
export function sideBySide(
  left: Uint8Array,
  right: Uint8Array,
  width: number,
  height: number,
  out: Uint8Array,
): void {
  let from = 0;
  let to = 0;
  for (const [w, h] of [
    [width, height],
    [width / 2, height / 2],
    [width / 2, height / 2],
  ] as const) {
    for (let y = 0; y < h; y++, from += w, to += 2 * w) {
      out.set(left.subarray(from, from + w), to);
      out.set(right.subarray(from, from + w), to + w);
    }
  }
}
