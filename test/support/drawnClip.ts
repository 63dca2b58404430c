import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { AvatarRenderer } from "../../daemon/avatar/draw.ts";
import { readHead } from "../../daemon/avatar/readHead.ts";
import type { Angles } from "../../shared/gaze/angles.ts";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";

const require = createRequire(import.meta.url);
const avatars = path.join(import.meta.dirname, "../../models/avatars");

/** What a face of the cast shows, and for how long. */
export interface Shown {
  readonly seconds: number;
  readonly shapes: Partial<Record<BlendShape, number>>;
  /** Where it looks; absent: straight ahead. */
  readonly gaze?: Angles;
  /** Where the head is turned to its left, radians; absent: straight ahead. */
  readonly turned?: number;
}

const [sizePx, rateHz] = [320, 10];

/** Makes a clip of one face of the avatars' cast that shows one thing after the other, nodding a little. H.264, no sound. */
export async function makeDrawnClip(file: string, name: string, parts: readonly Shown[]): Promise<string> {
  const head = await readHead(await readFile(path.join(avatars, `${name}.glb`)), name);
  const renderer = new AvatarRenderer(head, sizePx);
  const { path: ffmpeg } = require("@ffmpeg-installer/ffmpeg") as { path: string };
  const encoder = spawn(
    ffmpeg,
    [
      ...["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${sizePx}x${sizePx}`],
      ...["-r", String(rateHz), "-i", "-", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", file],
    ],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  const ended = once(encoder, "close");
  let frame = 0;
  for (const { seconds, shapes, gaze = { yawDeg: 0, pitchDeg: 0 }, turned = 0 } of parts) {
    const [pitch, yaw] = [(gaze.pitchDeg * Math.PI) / 180, (gaze.yawDeg * Math.PI) / 180];
    const weights = new Float32Array(blendShapes.length);
    for (const [shape, weight] of Object.entries(shapes))
      weights[blendShapeIndex[shape as BlendShape]] = weight;
    for (let i = 0; i < Math.round(seconds * rateHz); i++, frame++) {
      const pose = { yaw: turned + 0.12 * Math.sin(frame / 5), pitch: 0.08 * Math.sin(frame / 3), roll: 0 };
      const picture = Buffer.from(renderer.draw({ weights, pose, gaze: { pitch, yaw } }));
      if (!encoder.stdin.write(picture)) await once(encoder.stdin, "drain");
    }
  }
  encoder.stdin.end();
  const [code] = (await ended) as [number];
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  return file;
}
