import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { StillPicture } from "../../daemon/media/picture.ts";
import { denoisePicture } from "../../daemon/vision/nonLocalMeans.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { figure, type Figure } from "./report.ts";

/** A face of RAF-DB, pixels; pictures a round; the thesis's template. */
const [side, count, template] = [100, 8, 7];

/** Pictures a second without their noise, on one thread; OpenCV is the peer where Python has it. */
export async function benchDenoise(rounds: number): Promise<Figure[]> {
  const picture = noisyPicture();
  const settings = { template, search: 21, h: 10, hColor: 10 };
  denoisePicture(picture, settings);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    for (let k = 0; k < count; k++) denoisePicture(picture, settings);
    ours.push((1000 * count) / (performance.now() - startedAt));
    const speed = await openCv();
    if (speed !== undefined) theirs.push(speed);
  }
  const peer = theirs.length === rounds ? { name: "OpenCV", rounds: theirs } : undefined;
  return [figure("denoise", `pictures of ${side} x ${side}/s, template ${template}`, ours, peer)];
}

function noisyPicture(): StillPicture {
  const random = seededRandom(7);
  const value = (i: number) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    return 128 + 90 * Math.sin(x / 9) * Math.cos(y / 7) + 40 * (random() - 0.5);
  };
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => Math.max(0, Math.min(255, value(i))));
  return { width: side, height: side, channels: 3, scale: 1, data };
}

async function openCv(): Promise<number | undefined> {
  const script = path.join(import.meta.dirname, "denoisePeer.py");
  try {
    const { stdout } = await promisify(execFile)("python3", [script, ...[side, count, template].map(String)]);
    return Number(stdout);
  } catch {
    console.error("Python has no OpenCV: denoising is measured without its peer.");
    return undefined;
  }
}
