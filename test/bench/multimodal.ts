import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";
import { synthesizeVoice } from "../../daemon/sample/sampleVoice.ts";
import { encodeWav } from "../../daemon/media/wav.ts";
import { addSound } from "./clips.ts";
import type { Peer } from "./peers.ts";
import { figure, type Figure } from "./report.ts";
import { analyseBuilt, analyseClip, timePeers } from "./visualPath.ts";

const soundSeconds = 60;
const sampleRateHz = 44_100;

/**
 * Frames a second of the whole multimodal pipeline on the clip with a synthetic voice, beside each peer, which has no
 * sound to hear; and what a minute of sound alone costs.
 */
export async function benchMultimodal(
  ffmpeg: Ffmpeg,
  clip: string,
  outDir: string,
  peers: readonly Peer[],
  { rounds, peerFrames }: { rounds: number; peerFrames: number },
): Promise<Figure[]> {
  const sound = path.join(path.dirname(clip), "voice.wav");
  await writeFile(sound, encodeWav(synthesizeVoice(soundSeconds, sampleRateHz), sampleRateHz));
  const both = await addSound(ffmpeg, clip, sound, path.join(path.dirname(clip), "multimodal.mp4"));
  const speeds: number[] = [];
  const theirs = peers.map((): number[] => []);
  const secondsAMinute: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { run, summary } = await analyseBuilt(both, outDir);
    if (summary.speechSegments === 0) throw new Error("no voice was heard");
    speeds.push(run.framesPerSecond);
    await timePeers(ffmpeg, clip, peers, peerFrames, theirs);
    const before = process.cpuUsage();
    await analyseClip(ffmpeg, sound, outDir);
    const { user, system } = process.cpuUsage(before);
    secondsAMinute.push((user + system) / 1e6);
  }
  const unit = "frames/s at 720p, with sound";
  return [
    ...(peers.length === 0
      ? [figure("multimodal", unit, speeds)]
      : peers.map(({ name }, i) => figure("multimodal", unit, speeds, { name, rounds: theirs[i]! }))),
    figure("multimodal", "CPU s a minute of sound", secondsAMinute),
  ];
}
