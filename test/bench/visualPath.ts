import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { runAnalysis } from "../../daemon/analysis/run.ts";
import { BlockReader } from "../../daemon/media/blockReader.ts";
import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";
import type { Peer } from "./peers.ts";
import { figure, type Figure } from "./report.ts";
import { openProductModels } from "../support/productModels.ts";

const root = path.join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** `edin analyze` as it is built, in a process of its own: what a user runs. */
export async function analyseBuilt(clip: string, outDir: string): Promise<Analysis> {
  const command = [
    path.join(root, "dist/edin.js"),
    "analyze",
    clip,
    "--out",
    outDir,
    "--force",
    "--device",
    "cpu",
  ];
  await run(process.execPath, command);
  return analysisSchema.parse(JSON.parse(await readFile(path.join(outDir, "analysis.json"), "utf8")));
}

/** A whole analysis of a clip in this process: decode, detect and follow, landmarks, eyes, gaze, expression, files. */
export async function analyseClip(
  ffmpeg: Ffmpeg,
  clip: string,
  outDir: string,
  onFrame: (timeMs: number) => void = () => undefined,
): Promise<Analysis> {
  await using models = await openProductModels();
  return await runAnalysis(
    { id: "bench", mediaPath: clip, outDir, pipeline: "multimodal", config: {} },
    {
      models,
      ffmpeg,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onFrame: ({ timeMs }) => onFrame(timeMs),
    },
  );
}

/** One run of each peer on a clip, its frames a second added to its row. */
export async function timePeers(
  ffmpeg: Ffmpeg,
  clip: string,
  peers: readonly Peer[],
  frames: number,
  rows: readonly number[][],
): Promise<void> {
  for (const [i, peer] of peers.entries())
    rows[i]!.push((await peerRun(ffmpeg, clip, peer, frames)).framesPerSecond);
}

/** Frames a second of the whole visual path and of each peer on the same clip, in rounds that alternate. */
export async function benchVisualPath(
  ffmpeg: Ffmpeg,
  clip: string,
  outDir: string,
  peers: readonly Peer[],
  { rounds, peerFrames }: { rounds: number; peerFrames: number },
): Promise<Figure[]> {
  const ours: number[] = [];
  const theirs = peers.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const { run } = await analyseBuilt(clip, outDir);
    ours.push(run.framesPerSecond);
    await timePeers(ffmpeg, clip, peers, peerFrames, theirs);
  }
  const unit = "frames/s at 720p";
  if (peers.length === 0) return [figure("visual-path", unit, ours)];
  return peers.map(({ name }, i) => figure("visual-path", unit, ours, { name, rounds: theirs[i]! }));
}

/** Whether the clip shows one face nearly all the time, and each peer sees it in most of the first frames. */
export async function showsOneFace(
  ffmpeg: Ffmpeg,
  clip: string,
  outDir: string,
  peers: readonly Peer[],
): Promise<boolean> {
  const { summary, tracks } = await analyseBuilt(clip, outDir);
  if (tracks.length !== 1 || summary.framesWithFace < 0.9 * summary.frames) return false;
  for (const peer of peers) if ((await peerRun(ffmpeg, clip, peer, 6)).facesPerFrame < 0.5) return false;
  return true;
}

/** The peer on the clip's first frames, decoded by the same ffmpeg; the first frame warms it up and does not count. */
export async function peerRun(
  ffmpeg: Ffmpeg,
  clip: string,
  peer: Peer,
  frames: number,
): Promise<{ framesPerSecond: number; facesPerFrame: number }> {
  const { video } = await probeMedia(clip, { ffmpeg });
  const { width, height } = video!;
  const child = spawn(
    ffmpeg.ffmpeg,
    ["-v", "error", "-nostdin", "-i", clip, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const reader = new BlockReader(child.stdout, 3 * width * height, 3);
  let start = 0;
  let seen = 0;
  let faces = 0;
  for (let i = 0; i <= frames; i++) {
    const data = await reader.next(60_000);
    if (data === undefined) break;
    const found = await peer.run({ data, width, height });
    reader.release(data);
    if (i === 0) start = performance.now();
    else {
      seen++;
      faces += found;
    }
  }
  child.kill();
  return { framesPerSecond: (1000 * seen) / (performance.now() - start), facesPerFrame: faces / seen };
}
