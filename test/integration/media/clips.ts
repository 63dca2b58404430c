import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { defaultFfmpeg, findFfmpeg, type Ffmpeg } from "../../../daemon/media/ffmpeg.ts";

const run = promisify(execFile);

/** A folder that is gone when the suite ends. Call it inside `describe`. */
export function temporaryFolder(): { readonly path: string } {
  const folder = { path: "" };
  before(async () => void (folder.path = await mkdtemp(path.join(os.tmpdir(), "edin-media-"))));
  after(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** A made-up source as an input. */
export const lavfi = (source: string): string[] => ["-f", "lavfi", "-i", source];
export const h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];

/** Makes a clip with the npm package's ffmpeg, so that the suite needs no other. */
export async function makeClip(file: string, ...args: string[]): Promise<string> {
  const { ffmpeg } = await defaultFfmpeg();
  await run(ffmpeg, ["-v", "error", "-nostdin", "-y", ...args, file], { timeout: 30_000 });
  return file;
}

/**
 * Makes an H.264 clip whose metadata ask for a turn clockwise. That ffmpeg writes them only when it copies, and counts
 * the other way round.
 */
export async function makeTurnedClip(file: string, clockwiseDeg: number, ...args: string[]): Promise<string> {
  const straight = await makeClip(`${file}.straight.mp4`, ...args, ...h264);
  return makeClip(file, "-i", straight, "-c", "copy", "-metadata:s:v:0", `rotate=${360 - clockwiseDeg}`);
}

let found: Promise<Ffmpeg[]> | undefined;

/** The npm packages' programs and, where PATH has others, those too. */
export function everyFfmpeg(): Promise<Ffmpeg[]> {
  found ??= Promise.all([defaultFfmpeg(), findFfmpeg({}, { PATH: process.env["PATH"] ?? "" })]).then(
    ([bundled, onPath]) => (onPath.ffmpeg === bundled.ffmpeg ? [bundled] : [bundled, onPath]),
  );
  return found;
}

/** Names of the ffmpeg and ffprobe processes that this process has started and that still run (Linux). */
export async function runningTools(): Promise<string[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/stat`, "utf8").catch(() => "")),
  );
  return stats.flatMap((stat) => {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    return Number(parent) === process.pid && name?.startsWith("ff") ? [name] : [];
  });
}
