import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { mediaInfoSchema, type MediaInfo } from "../../../shared/protocol/results.ts";
import { everyFfmpeg, h264, lavfi, makeClip, makeTurnedClip, temporaryFolder } from "./clips.ts";

const picture = lavfi("testsrc=size=64x48:rate=25:duration=1");
const tone = lavfi("sine=frequency=440:duration=1");

/** name, how it is made, what it must look like. */
const table: [
  string,
  string[],
  { video?: Partial<MediaInfo["video"]>; audio?: Partial<MediaInfo["audio"]> },
][] = [
  [
    "plain.mp4",
    [...picture, ...tone, ...h264, "-c:a", "aac", "-t", "1"],
    {
      video: {
        codec: "h264",
        width: 64,
        height: 48,
        frameRate: 25,
        variableFrameRate: false,
        rotationDeg: 0,
      },
      audio: { codec: "aac", sampleRateHz: 44100, channels: 1 },
    },
  ],
  [
    "uneven.mkv",
    [...picture, "-vf", "setpts=(N+3*floor(N/5))/25/TB", "-vsync", "passthrough", ...h264],
    { video: { variableFrameRate: true } },
  ],
  [
    "tenBit.mkv",
    [...picture, "-c:v", "ffv1", "-pix_fmt", "yuv420p10le"],
    { video: { codec: "ffv1", pixelFormat: "yuv420p10le" } },
  ],
  ["alpha.mov", [...picture, "-c:v", "qtrle", "-pix_fmt", "argb"], { video: { pixelFormat: "argb" } }],
  [
    "fullRange.mp4",
    [...picture, "-c:v", "libx264", "-pix_fmt", "yuvj420p", "-colorspace", "bt709"],
    { video: { fullRange: true, matrix: "bt709" } },
  ],
  ["wide.mkv", [...picture, "-vf", "setsar=2/1", ...h264], { video: { width: 128, height: 48 } }],
  [
    "cover.mp3",
    [
      ...tone,
      ...lavfi("color=red:size=32x32:rate=25:duration=0.04"),
      "-map",
      "0",
      "-map",
      "1",
      "-c:v",
      "png",
    ],
    { audio: { codec: "mp3" } },
  ],
  ["sound.wav", tone, { audio: { codec: "pcm_s16le", startMs: 0 } }],
  [
    "lateSound.mkv",
    [...picture, "-itsoffset", "0.4", ...tone, "-map", "0", "-map", "1", ...h264, "-c:a", "pcm_s16le"],
    { video: { startMs: 0 }, audio: { startMs: 400 } },
  ],
  [
    "latePicture.mkv",
    ["-itsoffset", "0.4", ...picture, ...tone, "-map", "0", "-map", "1", ...h264, "-c:a", "pcm_s16le"],
    { video: { startMs: 400 }, audio: { startMs: 0 } },
  ],
];

describe("probeMedia", () => {
  const folder = temporaryFolder();

  for (const [name, args, expected] of table) {
    it(`describes ${name}`, async () => {
      const file = await makeClip(path.join(folder.path, name), ...args);
      for (const ffmpeg of await everyFfmpeg()) {
        const info = mediaInfoSchema.parse(await probeMedia(file, { ffmpeg }));
        assert.deepEqual(pick(info.video, expected.video), expected.video, ffmpeg.version);
        assert.deepEqual(pick(info.audio, expected.audio), expected.audio, ffmpeg.version);
        assert.ok(info.durationMs >= 900 && info.durationMs < 2300, `${info.durationMs}`);
      }
    });
  }

  for (const [rotate, size] of [
    [90, { width: 48, height: 64 }],
    [180, { width: 64, height: 48 }],
    [270, { width: 48, height: 64 }],
  ] as const) {
    it(`counts a rotation by ${rotate} degrees into the size`, async () => {
      const file = await makeTurnedClip(path.join(folder.path, `turned${rotate}.mp4`), rotate, ...picture);
      for (const ffmpeg of await everyFfmpeg()) {
        const { width, height, rotationDeg } = (await probeMedia(file, { ffmpeg })).video!;
        assert.deepEqual({ width, height, rotationDeg }, { ...size, rotationDeg: rotate });
      }
    });
  }

  it("keeps playlist syntax in a file name a name", async () => {
    const file = await makeClip(path.join(folder.path, "concat:a|b,-y %d.wav"), ...tone);
    assert.equal((await probeMedia(file)).audio?.codec, "pcm_s16le");
  });

  it("measures a stream that does not say its duration", async () => {
    const file = path.join(folder.path, "live.webm");
    await makeClip(file, ...picture, "-c:v", "libvpx", "-live", "1", "-f", "webm");
    for (const ffmpeg of await everyFfmpeg()) {
      const { durationMs } = await probeMedia(file, { ffmpeg });
      assert.ok(durationMs > 950 && durationMs < 1050, `${durationMs}`);
    }
  });

  it("turns a picture as its own stream asks (display orientation SEI), where the container says nothing", async () => {
    const straight = await makeClip(path.join(folder.path, "straight.mp4"), ...picture, "-c:v", "libx264");
    for (const [name, bytes, turn] of [
      // Payload type 47 of H.264, D.1.27: no cancelling, no flips, a quarter of a turn counter-clockwise, once.
      ["quarter", [0, 0, 1, 6, 47, 3, 0x08, 0, 0x14, 0x80], { rotationDeg: 270 }],
      ["mirrored", [0, 0, 1, 6, 47, 3, 0x40, 0, 0x14, 0x80], { rotationDeg: 0, mirrored: true }],
    ] as const) {
      const annexB = await makeClip(
        path.join(folder.path, `${name}.h264`),
        "-i",
        straight,
        "-c",
        "copy",
        "-f",
        "h264",
      );
      const stream = await readFile(annexB);
      // In front of the first slice: behind the parameter sets.
      const slice = stream.indexOf(Buffer.from([0, 0, 1, 0x65]));
      const file = path.join(folder.path, `${name}.sei.h264`);
      await writeFile(
        file,
        Buffer.concat([stream.subarray(0, slice), Buffer.from(bytes), stream.subarray(slice)]),
      );
      for (const ffmpeg of await everyFfmpeg())
        assert.deepEqual(pick((await probeMedia(file, { ffmpeg })).video, turn), turn, name);
    }
  });

  it("counts the files that stand one behind another in one", async () => {
    for (const [name, ...args] of [
      ["mp4", ...picture, "-c:v", "libx264"],
      ["mkv", ...picture, "-c:v", "libx264"],
      ["flv", ...picture, "-c:v", "flv"],
      ["wmv", ...picture, "-c:v", "wmv2"],
      ["m4a", ...tone, "-c:a", "aac"],
      ["flac", ...tone],
      ["aiff", ...tone],
      ["caf", ...tone, "-c:a", "pcm_s16le"],
    ] as const) {
      const file = await makeClip(path.join(folder.path, `one.${name}`), ...args);
      const bytes = await readFile(file);
      const both = path.join(folder.path, `both.${name}`);
      await writeFile(both, Buffer.concat([bytes, bytes]));
      assert.deepEqual(
        [(await probeMedia(file)).joinedFiles, (await probeMedia(both)).joinedFiles],
        [undefined, 2],
        name,
      );
    }
  });

  it("names encrypted files instead of calling them damaged", async () => {
    const key = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb"];
    const id = ["-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"];
    const file = await makeClip(path.join(folder.path, "drm.mp4"), ...picture, ...h264, ...key, ...id);
    await assert.rejects(probeMedia(file), { code: "media_unsupported", message: /is encrypted/ });
  });

  it("reads AVI files that were joined to their end", async () => {
    const file = await makeClip(path.join(folder.path, "one.avi"), ...picture, "-c:v", "mjpeg");
    const bytes = await readFile(file);
    const both = path.join(folder.path, "both.avi");
    await writeFile(both, Buffer.concat([bytes, bytes]));
    for (const ffmpeg of await everyFfmpeg()) {
      const frames = async (clip: string) => {
        const times: number[] = [];
        for await (const { timeMs } of decodeFrames(clip, await probeMedia(clip, { ffmpeg }), { ffmpeg }))
          times.push(timeMs);
        return times.length;
      };
      assert.equal(await frames(both), 2 * (await frames(file)));
    }
  });

  it("is cancelled by its signal", async () => {
    const file = await makeClip(path.join(folder.path, "cancel.wav"), ...tone);
    await assert.rejects(probeMedia(file, { signal: AbortSignal.abort() }), { name: "AbortError" });
  });
});

/** Those fields of `value` that `like` has; undefined when `like` is. */
function pick<T extends object>(value: T | undefined, like: Partial<T> | undefined): Partial<T> | undefined {
  if (!like || !value) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key in like)) as Partial<T>;
}
