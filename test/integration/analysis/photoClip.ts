import { createRequire } from "node:module";
import path from "node:path";
import { makeClip } from "../media/clips.ts";

const photos = path.join(
  path.dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")),
  "demo",
);

/** A view that glides over a photograph: the upper left corner from and to, in pixels of the photograph 1280 wide. */
export interface Shot {
  readonly photo: string;
  readonly seconds: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** A clip, 640x360 at 25 fps with sound, of photographs of people, cut together. */
export function makePhotoClip(file: string, shots: readonly Shot[]): Promise<string> {
  const inputs = shots.flatMap(({ photo, seconds }) => [
    ...["-loop", "1", "-framerate", "25", "-t", String(seconds)],
    ...["-i", path.join(photos, photo)],
  ]);
  const glide = (from: number, to: number, seconds: number): string =>
    `'${from}+(${to - from})*t/${seconds}'`;
  const views = shots.map(
    ({ seconds, from, to }, i) =>
      `[${i}:v]scale=1280:-2,crop=640:360:${glide(from[0], to[0], seconds)}:${glide(from[1], to[1], seconds)},setsar=1[v${i}]`,
  );
  const seconds = shots.reduce((sum, shot) => sum + shot.seconds, 0);
  const joined = `${shots.map((_, i) => `[v${i}]`).join("")}concat=n=${shots.length}:v=1:a=0[v]`;
  return makeClip(
    file,
    ...inputs,
    ...["-f", "lavfi", "-t", String(seconds), "-i", "sine=frequency=300:sample_rate=44100"],
    ...["-filter_complex", [...views, joined].join(";"), "-map", "[v]", "-map", `${shots.length}:a`],
    ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-preset", "veryfast", "-c:a", "aac"],
  );
}
