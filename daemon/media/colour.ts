import type { Frame } from "./frame.ts";

/** How R'G'B' (0..255) becomes a frame's Y'CbCr: `y = offset + scaleY * luma`, `cb = 128 + toU * (b - luma)`, `cr = 128 + toV * (r - luma)`. */
export interface YuvScale {
  /** Weights of red and blue in the luma; green has the rest. */
  readonly kr: number;
  readonly kb: number;
  readonly offset: number;
  readonly scaleY: number;
  readonly toU: number;
  readonly toV: number;
}

/** Weights of red, green and blue in the luma of ITU-R BT.601 and BT.709. */
export const lumaWeights = {
  bt601: { kr: 0.299, kg: 0.587, kb: 0.114 },
  bt709: { kr: 0.2126, kg: 0.7152, kb: 0.0722 },
} as const;

/** How a picture of `matrix` and range is made from R'G'B'. */
export function yuvScale({ matrix, fullRange }: Pick<Frame, "matrix" | "fullRange">): YuvScale {
  const { kr, kb } = lumaWeights[matrix];
  const [offset, scaleY, scaleC] = fullRange ? [0, 1, 1] : [16, 219 / 255, 224 / 255];
  return { kr, kb, offset, scaleY, toU: scaleC / (2 * (1 - kb)), toV: scaleC / (2 * (1 - kr)) };
}

/** How a frame's Y'CbCr becomes R'G'B' (0..255): with `y = (Y - black) * luma`, `r = y + redV * (Cr - 128)` and so on. */
export interface RgbScale {
  readonly black: number;
  readonly luma: number;
  readonly redV: number;
  readonly greenU: number;
  readonly greenV: number;
  readonly blueU: number;
}

/** The way back of {@link yuvScale}; green is `y - greenU * (Cb - 128) - greenV * (Cr - 128)`. */
export function rgbScale({ matrix, fullRange }: Pick<Frame, "matrix" | "fullRange">): RgbScale {
  const { kr, kg, kb } = lumaWeights[matrix];
  const [black, luma, chroma] = fullRange ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const redV = 2 * (1 - kr) * chroma;
  const blueU = 2 * (1 - kb) * chroma;
  return { black, luma, redV, greenU: (blueU * kb) / kg, greenV: (redV * kr) / kg, blueU };
}

/**
 * Interleaved R'G'B' of even sides as planes in the colours of `like`; chroma is the mean of 2 x 2.
 * @param data where the planes go, `size * size * 3 / 2` bytes
 */
export function rgbToYuv(
  rgb: Uint8Array,
  size: number,
  like: Pick<Frame, "matrix" | "fullRange">,
  data: Uint8Array,
): void {
  const { kr, kb, offset, scaleY, toU, toV } = yuvScale(like);
  const kg = 1 - kr - kb;
  const half = size / 2;
  let u = size * size;
  let v = u + half * half;
  for (let row = 0; row < size; row += 2) {
    for (let column = 0; column < size; column += 2) {
      let [red, blue, luma] = [0, 0, 0];
      for (let k = 0; k < 4; k++) {
        const at = (row + (k >> 1)) * size + column + (k & 1);
        const [r, g, b] = [rgb[3 * at]!, rgb[3 * at + 1]!, rgb[3 * at + 2]!];
        const y = kr * r + kg * g + kb * b;
        data[at] = offset + scaleY * y + 0.5;
        red += r;
        blue += b;
        luma += y;
      }
      data[u++] = 128.5 + (toU * (blue - luma)) / 4;
      data[v++] = 128.5 + (toV * (red - luma)) / 4;
    }
  }
}
