/**
 * Our amplitude magnification against the published algorithm in NumPy (test/golden/scripts/evm.py) on a real clip:
 *   npx tsx test/eval/evmReference.ts CLIP [--frames N] [--height N] [--alpha N]
 * Prints the PSNR of the magnified frames in RGB, 8 bit against 64-bit floats, as JSON; fails under 45 dB. Needs python3
 * with numpy and scipy.
 */
import { execFile } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { AmplitudeMagnifier } from "../../daemon/magnification/magnifier.ts";
import { decodeFrames } from "../../daemon/media/decodeFrames.ts";
import type { Frame } from "../../daemon/media/frame.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { levelsFor } from "../../daemon/pipelines/magnifyFaces.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    frames: { type: "string", default: "120" },
    height: { type: "string", default: "360" },
    alpha: { type: "string", default: "5" },
  },
});
const [clip] = positionals;
if (clip === undefined) throw new Error("Name a clip: npx tsx test/eval/evmReference.ts CLIP");
const minDb = 45;
const bandHz = [0.5, 1.5] as const;
const alpha = Number(values.alpha);

const info = await probeMedia(clip);
const frameRate = info.video!.frameRate;
const frames: Frame[] = [];
for await (const frame of decodeFrames(clip, info, { maxHeight: Number(values.height) })) {
  frames.push({ ...frame, data: frame.data.slice() });
  if (frames.length === Number(values.frames)) break;
}
const { width, height } = frames[0]!;
const levels = levelsFor("thesis", Math.min(width, height));

const folder = await mkdtemp(path.join(os.tmpdir(), "edin-evm-"));
try {
  const raw = path.join(folder, "clip.yuv");
  const made = path.join(folder, "reference.rgb");
  await writeFile(raw, Buffer.concat(frames.map(({ data }) => data)));
  const script = path.join(import.meta.dirname, "../golden/scripts/evm.py");
  const settings = [width, height, frameRate, ...bandHz, levels, alpha].map(String);
  await promisify(execFile)("python3", [script, raw, ...settings, made]);
  const psnrDb = await compare(made);
  const rounded = Math.round(100 * psnrDb) / 100;
  console.log(
    JSON.stringify({ frames: frames.length, width, height, frameRate, levels, alpha, psnrDb: rounded }),
  );
  process.exitCode = psnrDb >= minDb ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** PSNR of our frames against those of the file: float32 R, G, B of each pixel. */
async function compare(file: string): Promise<number> {
  const magnifier = new AmplitudeMagnifier({
    ...{ width, height, frameRate, bandHz, levels, alpha, alphaRange: [3, 6], bounded: false },
  });
  const handle = await open(file);
  const expected = new Float32Array(3 * width * height);
  let squares = 0;
  try {
    for (const frame of frames) {
      await handle.read(new Uint8Array(expected.buffer), 0, expected.byteLength);
      squares += squaredErrors(magnifier.step(frame).frame, expected);
    }
  } finally {
    await handle.close();
  }
  return 10 * Math.log10((255 * 255 * frames.length * expected.length) / squares);
}

/** As the reference turns planes into RGB: BT.601, limited range, chroma repeated. */
function squaredErrors({ data }: Frame, expected: Float32Array): number {
  const chromaWidth = (width + 1) >> 1;
  const u = width * height;
  const v = u + chromaWidth * ((height + 1) >> 1);
  let squares = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y >> 1) * chromaWidth + (x >> 1);
      const grey = 1.164383 * (data[y * width + x]! - 16);
      const [cb, cr] = [data[u + at]! - 128, data[v + at]! - 128];
      const rgb = [grey + 1.596027 * cr, grey - 0.391762 * cb - 0.812968 * cr, grey + 2.017232 * cb];
      for (const [c, value] of rgb.entries()) {
        const error = Math.min(255, Math.max(0, value)) - expected[3 * (y * width + x) + c]!;
        squares += error * error;
      }
    }
  }
  return squares;
}
