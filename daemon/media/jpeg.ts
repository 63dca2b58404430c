import sharp from "sharp";
import { AppError } from "../../shared/errors.ts";
import { lumaWeights, rgbScale } from "./colour.ts";
import type { Frame } from "./frame.ts";

/** Largest picture that a page may push: Full HD upright or on its side. */
const maxPixels = 1920 * 1088;

type Planes = Pick<Frame, "width" | "height" | "data" | "matrix" | "fullRange">;

/**
 * Decodes a JPEG into planar YUV 4:2:0 in full range BT.601, as JFIF has it. An odd last row or column is cut off. EXIF is
 * not looked at: cameras of browsers are upright.
 * @throws AppError `media_unreadable`, `media_too_large`
 */
export async function decodeJpeg(jpeg: Uint8Array): Promise<Planes> {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8)
    throw new AppError("media_unreadable", "The picture is no JPEG. Send pictures as JPEG.");
  try {
    const decoder = sharp(jpeg, { limitInputPixels: maxPixels, failOn: "error", sequentialRead: true });
    const { data, info } = await decoder.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    return fromRgb(data, info.width, info.height);
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes("exceeds pixel limit"))
      throw new AppError("media_too_large", "The picture is larger than Full HD. Send smaller ones.", {
        cause,
      });
    throw new AppError("media_unreadable", "The picture is a damaged JPEG. Send the next one.", { cause });
  }
}

/**
 * A small JPEG of a picture: each side divided by the least whole number that brings the height to `atMostHeight`.
 * Reads `data` before it returns.
 */
export function encodeJpeg(picture: Planes, atMostHeight: number): Promise<Uint8Array> {
  const factor = Math.max(1, Math.ceil(picture.height / atMostHeight));
  const { rgb, width, height } = toRgb(picture, factor);
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 75 })
    .toBuffer();
}

/** BT.601 in full range, in parts of 65536; each row of chroma adds up to nothing, so that grey stays grey. */
const fixed = (() => {
  const { kr, kg, kb } = lumaWeights.bt601;
  const part = (share: number): number => Math.round(65536 * share);
  const [uR, vB] = [part(kr / (2 * (1 - kb))), part(kb / (2 * (1 - kr)))];
  return { kr: part(kr), kg: part(kg), kb: part(kb), uR, uG: 32768 - uR, vB, vG: 32768 - vB };
})();

/** Interleaved RGB -> Y'CbCr of JFIF, in sixteen-bit fixed point; chroma is the mean of 2 x 2. */
export function fromRgb(rgb: Uint8Array, rgbWidth: number, rgbHeight: number): Planes {
  const width = rgbWidth & ~1;
  const height = rgbHeight & ~1;
  if (width === 0 || height === 0)
    throw new AppError("media_unreadable", "The picture has no pixels. Send the next one.");
  const data = new Uint8Array((width * height * 3) / 2);
  let u = width * height;
  let v = u + (u >> 2);
  for (let row = 0; row < height; row += 2) {
    let upper = 3 * row * rgbWidth;
    let lower = upper + 3 * rgbWidth;
    let y = row * width;
    for (let end = y + width; y < end; y += 2, upper += 6, lower += 6) {
      let [red, green, blue] = [0, 0, 0];
      for (let k = 0; k < 4; k++) {
        const at = (k < 2 ? upper : lower) + 3 * (k & 1);
        const [r, g, b] = [rgb[at]!, rgb[at + 1]!, rgb[at + 2]!];
        data[y + (k & 1) + (k < 2 ? 0 : width)] = (fixed.kr * r + fixed.kg * g + fixed.kb * b + 32768) >> 16;
        red += r;
        green += g;
        blue += b;
      }
      data[u++] = 128 + ((32768 * blue - fixed.uR * red - fixed.uG * green + 131072) >> 18);
      data[v++] = 128 + ((32768 * red - fixed.vG * green - fixed.vB * blue + 131072) >> 18);
    }
  }
  return { width, height, data, matrix: "bt601", fullRange: true };
}

/** Every `factor`-th pixel's square, its luma averaged, as interleaved RGB. */
function toRgb({ width, height, data, matrix, fullRange }: Planes, factor: number) {
  const w = Math.max(1, Math.floor(width / factor));
  const h = Math.max(1, Math.floor(height / factor));
  const rgb = new Uint8ClampedArray(3 * w * h);
  const chromaWidth = Math.ceil(width / 2);
  const uAt = width * height;
  const vAt = uAt + chromaWidth * Math.ceil(height / 2);
  const { black, luma: scaleY, redV, greenU, greenV, blueU } = rgbScale({ matrix, fullRange });
  const area = factor * factor;
  for (let row = 0, out = 0; row < h; row++) {
    for (let column = 0; column < w; column++, out += 3) {
      let sum = 0;
      for (let j = 0; j < factor; j++) {
        const from = (row * factor + j) * width + column * factor;
        for (let i = 0; i < factor; i++) sum += data[from + i]!;
      }
      const luma = (sum / area - black) * scaleY;
      const c = ((row * factor) >> 1) * chromaWidth + ((column * factor) >> 1);
      const [u, v] = [data[uAt + c]! - 128, data[vAt + c]! - 128];
      rgb[out] = luma + redV * v;
      rgb[out + 1] = luma - greenU * u - greenV * v;
      rgb[out + 2] = luma + blueU * u;
    }
  }
  return { rgb, width: w, height: h };
}
