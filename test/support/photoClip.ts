import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/**
 * Makes a short clip of a real face: a photograph that an npm package ships, slowly panned, with a tone. H.264 and AAC,
 * as cameras write them.
 */
export async function makePhotoClip(file: string, seconds = 3): Promise<string> {
  const { path: ffmpeg } = require("@ffmpeg-installer/ffmpeg") as { path: string };
  const demo = path.join(path.dirname(require.resolve("@vladmandic/face-api/package.json")), "demo");
  const pan = `scale=960:-2,crop=640:480:x='40+20*t':y=0,fps=25,format=yuv420p`;
  const input = ["-loop", "1", "-t", String(seconds), "-i", path.join(demo, "sample1.jpg")];
  const tone = ["-f", "lavfi", "-t", String(seconds), "-i", "sine=frequency=220:sample_rate=44100"];
  const codecs = ["-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-c:a", "aac", "-shortest"];
  await run(ffmpeg, ["-v", "error", "-nostdin", "-y", ...input, ...tone, "-vf", pan, ...codecs, file]);
  return file;
}
