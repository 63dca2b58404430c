import { normal } from "../../../shared/stats/random.ts";
import type { Augmentation } from "../learn.ts";

/**
 * Writes a changed copy of a picture [height, width, channels] to `out`: mirrored, turned and scaled about its middle
 * (bilinear; beyond the edge the edge goes on), with noise.
 */
export function changePicture(
  picture: Float32Array,
  out: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  { flip, rotateDeg, scale, noise }: Augmentation,
  random: () => number,
): void {
  const spread = () => 2 * random() - 1;
  const angle = (spread() * rotateDeg * Math.PI) / 180;
  const zoom = 1 / (1 + spread() * scale);
  const mirror = flip && random() < 0.5 ? -1 : 1;
  const [cos, sin] = [zoom * Math.cos(angle), zoom * Math.sin(angle)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [mirror * (x - cx), y - cy];
      const fromX = Math.min(Math.max(cx + cos * u - sin * v, 0), width - 1);
      const fromY = Math.min(Math.max(cy + sin * u + cos * v, 0), height - 1);
      const [x0, y0] = [Math.floor(fromX), Math.floor(fromY)];
      const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
      const [fx, fy] = [fromX - x0, fromY - y0];
      for (let c = 0; c < channels; c++, at++) {
        const value = (row: number, column: number) => picture[(row * width + column) * channels + c]!;
        const upper = value(y0, x0) * (1 - fx) + value(y0, x1) * fx;
        const lower = value(y1, x0) * (1 - fx) + value(y1, x1) * fx;
        out[at] = upper * (1 - fy) + lower * fy;
      }
    }
  if (noise > 0) for (let i = 0; i < out.length; i++) out[i]! += 255 * noise * normal(random);
}
