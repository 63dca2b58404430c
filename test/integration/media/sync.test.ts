import assert from "node:assert/strict";
import path from "node:path";
import { decodeAudio } from "../../../daemon/media/decodeAudio.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import type { Ffmpeg } from "../../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { everyFfmpeg, makeClip, temporaryFolder } from "./clips.ts";

/** Picture that is white from `atS` on for a tenth of a second, and a click of 10 ms at `atS`. */
const flash = (atS: number) => [
  ...["-f", "lavfi", "-i"],
  `color=c=black:s=64x48:r=25:d=3,drawbox=t=fill:c=white:enable=between(t\\,${atS - 0.001}\\,${atS + 0.1})`,
];
const click = (atS: number) => [
  ...["-f", "lavfi", "-i"],
  `aevalsrc=0.8*between(t\\,${atS}\\,${atS + 0.01})*sin(6283*t):d=3:s=44100`,
];
const late = (seconds: number, input: readonly string[]) => ["-itsoffset", String(seconds), ...input];
const h264 = ["-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
const sampleRateHz = 16_000;

/** When the flash is seen and the click is heard, ms on the media clock. */
async function moments(file: string, ffmpeg: Ffmpeg): Promise<{ flashMs: number; clickMs: number }> {
  const info = await probeMedia(file, { ffmpeg });
  let [flashMs, clickMs] = [NaN, NaN];
  for await (const { data, width, height, timeMs } of decodeFrames(file, info, { ffmpeg })) {
    const luma = data.subarray(0, width * height).reduce((sum, y) => sum + y, 0) / (width * height);
    if (luma > 128) {
      flashMs = timeMs;
      break;
    }
  }
  for await (const { samples, timeMs } of decodeAudio(file, info, { sampleRateHz, ffmpeg })) {
    const at = samples.findIndex((sample) => Math.abs(sample) > 0.2);
    if (at >= 0) {
      clickMs = timeMs + (1000 * at) / sampleRateHz;
      break;
    }
  }
  return { flashMs, clickMs };
}

describe("flash and click of one moment", () => {
  const folder = temporaryFolder();
  const vfr = [
    "-vf",
    "select=not(between(t\\,0.2\\,0.9)*mod(n\\,4)+between(t\\,1.2\\,2)*mod(n\\,3))",
    "-vsync",
    "vfr",
  ];

  const clips: [name: string, args: string[]][] = [
    ["aac.mp4", [...flash(1), ...click(1), ...h264, "-c:a", "aac"]],
    ["pcm.mkv", [...flash(1), ...click(1), ...h264, "-c:a", "pcm_s16le"]],
    ["opus.webm", [...flash(1), ...click(1), "-c:v", "libvpx", "-c:a", "libopus"]],
    ["mp3.mp4", [...flash(1), ...click(1), ...h264, "-c:a", "libmp3lame"]],
    ["variable.mp4", [...flash(1), ...click(1), ...vfr, ...h264, "-c:a", "aac"]],
    ["variable.mkv", [...flash(1), ...click(1), ...vfr, ...h264, "-c:a", "aac"]],
    ["late-sound.mp4", [...flash(1), ...late(0.52, click(0.48)), ...h264, "-c:a", "aac"]],
    ["late-sound.mkv", [...flash(1), ...late(0.52, click(0.48)), ...h264, "-c:a", "aac"]],
    ["late-picture.mp4", [...late(0.52, flash(0.48)), ...click(1), ...h264, "-c:a", "aac"]],
    ["late-picture.mkv", [...late(0.52, flash(0.48)), ...click(1), ...h264, "-c:a", "aac"]],
    ["transport.ts", [...flash(1), ...click(1), ...h264, "-c:a", "aac"]],
    ["late-sound.ts", [...flash(1), ...late(0.52, click(0.48)), ...h264, "-c:a", "aac"]],
    ["late-picture.ts", [...late(0.52, flash(0.48)), ...click(1), ...h264, "-c:a", "aac"]],
    [
      "late-sound.mpg",
      [...flash(1), ...late(0.52, click(0.48)), ...h264.slice(0, 4), "-c:v", "mpeg1video", "-c:a", "mp2"],
    ],
    [
      "late-sound.ogv",
      [
        ...flash(1),
        ...late(0.52, click(0.48)),
        ...h264.slice(0, 4),
        "-c:v",
        "libtheora",
        "-c:a",
        "libvorbis",
      ],
    ],
    ["b-frames.mov", [...flash(1), ...click(1), ...h264, "-bf", "3", "-c:a", "aac"]],
  ];
  for (const [name, args] of clips) {
    it(`are less than 40 ms apart in ${name}`, async () => {
      const file = await makeClip(path.join(folder.path, name), ...args);
      for (const ffmpeg of await everyFfmpeg()) {
        const { flashMs, clickMs } = await moments(file, ffmpeg);
        const apart = `${ffmpeg.version}: flash ${flashMs} ms, click ${clickMs} ms`;
        assert.ok(Math.abs(flashMs - clickMs) < 40, apart);
        // Of clips that begin at 0 the time itself is known, but for what a frame hides.
        assert.ok(Math.abs(flashMs - 1000) < 41, apart);
      }
    });
  }

  it("are less than 40 ms apart in a clip that was cut without encoding it anew", async () => {
    const whole = await makeClip(
      path.join(folder.path, "whole.mp4"),
      ...[...flash(2), ...click(2), ...h264, "-g", "25", "-c:a", "aac"],
    );
    const cut = await makeClip(path.join(folder.path, "cut.mp4"), "-ss", "0.6", "-i", whole, "-c", "copy");
    for (const ffmpeg of await everyFfmpeg()) {
      const { flashMs, clickMs } = await moments(cut, ffmpeg);
      assert.ok(Math.abs(flashMs - clickMs) < 40, `${ffmpeg.version}: ${flashMs} ms, ${clickMs} ms`);
    }
  });
});
