import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { mediaType } from "../../shared/mediaTypes.ts";
import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";

const run = promisify(execFile);

/** A folder for the clips of a bench run; gone when disposed. */
export async function benchFolder(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "edin-bench-"));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The clips of a folder by name, or the one clip that is named. */
export async function findClips(given: string): Promise<string[]> {
  if (!(await stat(given)).isDirectory()) return [given];
  const names = (await readdir(given)).filter((name) => mediaType(name).startsWith("video/"));
  return names.sort().map((name) => path.join(given, name));
}

/** The clip as 720p H.264: scaled to fit 1280x720, the rest black, without sound. */
export async function make720p(ffmpeg: Ffmpeg, clip: string, file: string): Promise<string> {
  const fit = "scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:(ow-iw)/2:(oh-ih)/2,setsar=1";
  await run(ffmpeg.ffmpeg, [
    ...["-v", "error", "-nostdin", "-y", "-i", clip, "-an", "-vf", fit],
    ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-preset", "medium", file],
  ]);
  return file;
}

/** The first clip that `accepts`, as {@link make720p} makes it and at least 30 s long, so that the start counts little. */
export async function chooseClip(
  ffmpeg: Ffmpeg,
  clips: readonly string[],
  folder: string,
  accepts: (file: string) => Promise<boolean>,
): Promise<string> {
  for (const clip of clips) {
    const file = await make720p(ffmpeg, clip, path.join(folder, "720p.mp4"));
    if (!(await accepts(file))) continue;
    console.error(`${path.basename(clip)} as 1280x720 H.264, again and again for 30 s`);
    return await loopClip(ffmpeg, file, 30, path.join(folder, "clip.mp4"));
  }
  throw new Error("no clip shows one talking head that all peers see: name another");
}

/** The clip again and again for this long, without coding it anew. */
export async function loopClip(ffmpeg: Ffmpeg, clip: string, seconds: number, file: string): Promise<string> {
  await run(ffmpeg.ffmpeg, [
    ...["-v", "error", "-nostdin", "-y", "-stream_loop", "-1", "-i", clip],
    ...["-t", String(seconds), "-c", "copy", file],
  ]);
  return file;
}

/** The clip, as it is coded, with this sound as AAC; as long as the shorter of both. */
export async function addSound(ffmpeg: Ffmpeg, clip: string, sound: string, file: string): Promise<string> {
  await run(ffmpeg.ffmpeg, [
    ...["-v", "error", "-nostdin", "-y", "-i", clip, "-i", sound, "-map", "0:v", "-map", "1:a"],
    ...["-c:v", "copy", "-c:a", "aac", "-shortest", file],
  ]);
  return file;
}
