import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";
import { figure, type Figure } from "./report.ts";
import { analyseClip } from "./visualPath.ts";

/**
 * A long clip: greatest resident memory of this process, and processor time a frame in its last minute over its first
 * one. Processor time, because it says the same on a busy machine.
 */
export async function benchLongClip(ffmpeg: Ffmpeg, clip: string, outDir: string): Promise<Figure[]> {
  let peak = 0;
  /** Processor time and frames of each minute of the clip. */
  const minutes: { cpuMs: number; frames: number }[] = [];
  let before = process.cpuUsage();
  let frames = 0;
  await analyseClip(ffmpeg, clip, outDir, (timeMs) => {
    frames++;
    const minute = Math.floor(timeMs / 60_000);
    if (frames % 100 === 0) peak = Math.max(peak, process.memoryUsage.rss());
    if (minute < minutes.length) return;
    const now = process.cpuUsage();
    const last = minutes.at(-1);
    if (last) {
      last.cpuMs = (now.user + now.system - before.user - before.system) / 1000;
      last.frames = frames;
    }
    minutes.push({ cpuMs: 0, frames: 0 });
    before = now;
    frames = 0;
  });
  // The last minute is not whole, the first one warms up.
  const perFrame = minutes.slice(1, -1).map(({ cpuMs, frames: count }) => cpuMs / count);
  return [
    figure("memory-30min", `MB resident, ${minutes.length} min`, [peak / 1e6]),
    figure("memory-30min", "time a frame, last minute / first", [perFrame.at(-1)! / perFrame[0]!]),
  ];
}
