import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { startSession, type Tensor } from "../../daemon/inference/session.ts";
import { AmplitudeMagnifier } from "../../daemon/magnification/magnifier.ts";
import type { Frame } from "../../daemon/media/frame.ts";
import { levelsFor } from "../../daemon/pipelines/magnifyFaces.ts";
import { figure, type Figure } from "./report.ts";

interface Size {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Frames of one round: ours, and the reference's, which is slower. */
  readonly frames: number;
  readonly peerFrames: number;
}
export const evmCrop: Size = { name: "evm-crop", width: 256, height: 256, frames: 800, peerFrames: 60 };
export const evmFrame: Size = { name: "evm-frame", width: 528, height: 592, frames: 160, peerFrames: 20 };

const bandHz = [0.5, 1.5] as const;
const alpha = 5;
const warmUp = 60;

/**
 * Amplitude magnification with the preset `thesis`, frames a second: ours, the published algorithm in NumPy, and, for
 * the crop, the same core loop as an ONNX graph with the conversions that it needs.
 */
export async function benchEvm(size: Size, rounds: number): Promise<Figure[]> {
  const ours: number[] = [];
  const reference: number[] = [];
  const graph: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await speedOf(size, size.frames, magnifierStep(size)));
    const peer = await referenceSpeed(size);
    if (peer !== undefined) reference.push(peer);
    if (size === evmCrop) graph.push(await speedOf(size, size.frames, await graphStep(size)));
  }
  const unit = `frames/s, ${size.width}x${size.height}`;
  const there = reference.length === rounds;
  if (!there) console.error("The NumPy reference did not run: python3 with numpy and scipy is needed.");
  return [
    figure(size.name, unit, ours, there ? { name: "NumPy reference", rounds: reference } : undefined),
    ...(graph.length > 0 ? [figure(size.name, unit, ours, { name: "ONNX graph", rounds: graph })] : []),
    figure(size.name, "MB resident more after 10 times the frames", [await growthMb(size)]),
  ];
}

type Step = (frame: Frame) => unknown;

/** Frames a second; the first ones warm up and do not count. */
async function speedOf(size: Size, count: number, step: Step): Promise<number> {
  const frames = noiseFrames(size);
  let start = 0;
  for (let index = 0; index < warmUp + count; index++) {
    if (index === warmUp) start = performance.now();
    await step({ ...frames[index % frames.length]!, index, timeMs: (1000 * index) / 30 });
  }
  return (1000 * count) / (performance.now() - start);
}

function magnifierStep(size: Size): Step {
  const { width, height } = size;
  const magnifier = new AmplitudeMagnifier({
    ...{ width, height, bandHz, alpha, levels: levelsOf(size), frameRate: 30, alphaRange: [3, 6] },
  });
  return (frame) => magnifier.step(frame);
}

const levelsOf = ({ width, height }: Size): number => levelsFor("thesis", Math.min(width, height));

/** Resident memory after ten times as many frames, over that after the first. */
async function growthMb(size: Size): Promise<number> {
  const step = magnifierStep(size);
  await speedOf(size, size.frames, step);
  const before = process.memoryUsage.rss();
  await speedOf(size, 9 * size.frames, step);
  return Math.max(0, process.memoryUsage.rss() - before) / 1e6;
}

/** Undefined where Python or its packages are not there. */
async function referenceSpeed(size: Size): Promise<number | undefined> {
  const script = path.join(import.meta.dirname, "evmPeer.py");
  const args = [size.width, size.height, levelsOf(size), size.peerFrames].map(String);
  try {
    return Number((await promisify(execFile)("python3", [script, ...args])).stdout);
  } catch {
    return undefined;
  }
}

/** The graph that evmGraph.py wrote: planes to floats, run, floats to bytes; the state goes out and in again. */
async function graphStep({ width, height }: Size): Promise<Step> {
  const bytes = await readFile(path.join(import.meta.dirname, "evmGraph.onnx"));
  const session = await startSession(bytes, "cpu", 1);
  const luma = width * height;
  const chroma = luma >> 2;
  const feeds: Record<string, Tensor> = {};
  for (const { name, shape } of session.inputs) {
    const sizes = shape.map(Number);
    feeds[name] = { data: new Float32Array(sizes.reduce((a, b) => a * b, 1)), shape: sizes };
  }
  feeds["alpha"]!.data[0] = alpha;
  const out = new Uint8ClampedArray(luma + 2 * chroma);
  return async ({ data }) => {
    feeds["luma"]!.data.set(data.subarray(0, luma));
    feeds["chroma"]!.data.set(data.subarray(luma, luma + 2 * chroma));
    const results = await session.run(feeds);
    out.set(results["luma_out"]!.data, 0);
    out.set(results["chroma_out"]!.data, luma);
    for (const [name, tensor] of Object.entries(results))
      if (name.includes("_next_")) feeds[name.replace("_next_", "_")] = tensor;
  };
}

/** Eight pictures of noise, the same each time. */
function noiseFrames({ width, height }: Size): Omit<Frame, "index" | "timeMs">[] {
  let state = 7;
  return Array.from({ length: 8 }, () => {
    const data = new Uint8Array(width * height * 1.5);
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      data[i] = state >>> 24;
    }
    return { width, height, data, matrix: "bt601", fullRange: false };
  });
}
