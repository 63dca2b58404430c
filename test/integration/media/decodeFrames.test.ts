import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { decodeFrames, type DecodeFramesOptions } from "../../../daemon/media/decodeFrames.ts";
import type { Frame } from "../../../daemon/media/frame.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { everyFfmpeg, h264, makeClip, makeTurnedClip, runningTools, temporaryFolder } from "./clips.ts";

const testsrc = (source: string) => ["-f", "lavfi", "-i", `testsrc=${source}`];
const solid = (colour: string) => ["-f", "lavfi", "-i", `color=${colour}:size=64x48:rate=25:duration=0.12`];

/** All frames of a clip, with a copy of their pixels. */
async function decode(file: string, options: DecodeFramesOptions = {}): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(file, await probeMedia(file, options), options)) {
    frames.push({ ...frame, data: new Uint8Array(frame.data) });
  }
  return frames;
}

/** Y, U and V at a place given as fractions of the picture. */
function pixel({ data, width, height }: Frame, right: number, down: number): [number, number, number] {
  const [x, y] = [Math.floor(right * (width - 1)), Math.floor(down * (height - 1))];
  const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const chroma = width * height + (y >> 1) * halfWidth + (x >> 1);
  return [data[y * width + x]!, data[chroma]!, data[chroma + halfWidth * halfHeight]!];
}

function assertNear(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  message: string,
) {
  assert.equal(actual.length, expected.length, message);
  const far = actual.some((value, i) => !(Math.abs(value - expected[i]!) <= tolerance));
  assert.ok(!far, `${message}: ${actual.join(" ")} is not near ${expected.join(" ")}`);
}

describe("decodeFrames", () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);

  /** name, how it is made, frame times in milliseconds. */
  const clocks: [string, string[], number[]][] = [
    ["steady.mp4", [...testsrc("size=64x48:rate=25:duration=0.2"), ...h264], [0, 40, 80, 120, 160]],
    [
      "ntsc.mp4",
      [...testsrc("size=64x48:rate=30000/1001:duration=0.2"), ...h264],
      [0, 33.367, 66.733, 100.1, 133.467, 166.833],
    ],
    [
      "uneven.mkv",
      [
        ...testsrc("size=64x48:rate=25:duration=0.2"),
        "-vf",
        "setpts=N*N/25/TB",
        "-vsync",
        "passthrough",
        ...h264,
      ],
      [0, 40, 160, 360, 640],
    ],
    [
      "jump.mkv",
      [
        ...testsrc("size=64x48:rate=25:duration=0.16"),
        ...["-vf", "setpts=(N+if(gte(N\\,2)\\,750))/25/TB", "-vsync", "passthrough", ...h264, "-bf", "0"],
      ],
      // What that ffmpeg writes into the file; ffprobe agrees.
      [0, 40, 30040, 30120],
    ],
    [
      "negative.mkv",
      [
        ...testsrc("size=64x48:rate=25:duration=0.16"),
        ...["-vf", "setpts=PTS-0.08/TB", "-vsync", "passthrough", "-copyts", ...h264, "-bf", "0"],
      ],
      [0, 40, 80, 120],
    ],
    [
      "latePicture.mkv",
      [
        ...["-itsoffset", "0.4", ...testsrc("size=64x48:rate=25:duration=0.12")],
        ...["-f", "lavfi", "-i", "sine=duration=0.6", ...h264, "-c:a", "pcm_s16le"],
      ],
      [400, 440, 480],
    ],
  ];
  for (const [name, args, expected] of clocks) {
    it(`gives the frames of ${name} their own times`, async () => {
      const file = await makeClip(at(name), ...args);
      for (const ffmpeg of await everyFfmpeg()) {
        const times = (await decode(file, { ffmpeg })).map((frame) => frame.timeMs);
        // Matroska rounds times to 1 ms.
        assertNear(times, expected, name.endsWith("mkv") ? 1 : 0.001, ffmpeg.version);
      }
    });
  }

  it("keeps times rising where they repeat", async () => {
    const args = [...testsrc("size=64x48:rate=4000:duration=0.01"), ...h264, "-bf", "0"];
    const file = await makeClip(at("repeats.mkv"), ...args);
    const times = (await decode(file)).map((frame) => frame.timeMs);
    assert.equal(times.length, 40);
    assert.ok(
      times.every((time, i) => i === 0 || time > times[i - 1]!),
      times.join(" "),
    );
  });

  it("goes on after a clock that starts anew in mid-clip", async () => {
    const once = await readFile(
      await makeClip(at("once.ts"), ...testsrc("size=64x48:rate=25:duration=2"), ...h264, "-bf", "0"),
    );
    await writeFile(at("twice.ts"), Buffer.concat([once, once]));
    for (const ffmpeg of await everyFfmpeg()) {
      const times = (await decode(at("twice.ts"), { ffmpeg })).map((frame) => frame.timeMs);
      assert.ok(times.length > 95, `${times.length} frames`);
      assert.ok(
        times.every((time, i) => i === 0 || time > times[i - 1]!),
        times.join(" "),
      );
      assertNear([times.at(-1)!], [3960], 120, ffmpeg.version);
    }
  });

  const corner = "drawbox=0:0:20:20:white:t=fill";
  for (const [clockwise, right, down] of [
    [90, 1, 0],
    [180, 1, 1],
    [270, 0, 1],
  ] as const) {
    it(`turns a picture by ${clockwise} degrees clockwise`, async () => {
      const file = await makeTurnedClip(
        at(`turned${clockwise}.mp4`),
        clockwise,
        ...solid("black"),
        "-vf",
        corner,
      );
      for (const ffmpeg of await everyFfmpeg()) {
        const [frame] = await decode(file, { ffmpeg });
        assert.deepEqual([frame!.width, frame!.height], clockwise === 180 ? [64, 48] : [48, 64]);
        for (const [x, y] of [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ] as const) {
          const [luma] = pixel(frame!, x, y);
          assertNear([luma], [x === right && y === down ? 235 : 16], 6, `${ffmpeg.version} ${x} ${y}`);
        }
      }
    });
  }

  /** name, how it is made, Y U V of its red, matrix, full range. */
  const tagged = (matrix: string) => ["-vf", `scale=out_color_matrix=${matrix}`, "-colorspace", matrix];
  const colours: [string, string[], [number, number, number], Frame["matrix"], boolean][] = [
    ["red601.mp4", [...h264, ...tagged("smpte170m")], [81, 90, 240], "bt601", false],
    ["red709.mp4", [...h264, ...tagged("bt709")], [63, 102, 240], "bt709", false],
    [
      "redTenBit.mkv",
      ["-c:v", "ffv1", "-pix_fmt", "yuv420p10le", ...tagged("bt709")],
      [63, 102, 240],
      "bt709",
      false,
    ],
    ["redAlpha.mov", ["-c:v", "qtrle", "-pix_fmt", "argb"], [81, 90, 240], "bt601", false],
    ["redRgb.mkv", ["-c:v", "ffv1", "-pix_fmt", "bgr0"], [81, 90, 240], "bt601", false],
    ["redFull.mp4", ["-c:v", "libx264", "-pix_fmt", "yuvj420p"], [76, 85, 255], "bt601", true],
    ["red444.mkv", ["-c:v", "ffv1", "-pix_fmt", "yuvj444p"], [81, 90, 240], "bt601", false],
  ];
  for (const [name, args, expected, matrix, fullRange] of colours) {
    it(`says how the colours of ${name} are meant`, async () => {
      // From RGB, so that the colour conversion is the one asked for.
      const source = [...solid("red").slice(0, 3), "color=red:size=64x48:rate=25:duration=0.12,format=rgb24"];
      const file = await makeClip(at(name), ...source, ...args);
      for (const ffmpeg of await everyFfmpeg()) {
        const [frame] = await decode(file, { ffmpeg });
        assertNear(pixel(frame!, 0.5, 0.5), expected, 2, ffmpeg.version);
        assert.deepEqual([frame!.matrix, frame!.fullRange], [matrix, fullRange], ffmpeg.version);
      }
    });
  }

  for (const [width, height] of [
    [1, 1],
    [63, 47],
    [8192, 2],
  ] as const) {
    it(`decodes ${width} x ${height}`, async () => {
      const file = at(`size${width}.mkv`);
      const source = `testsrc=size=${width}x${height}:rate=25:duration=0.08,format=yuv444p`;
      await makeClip(file, "-f", "lavfi", "-i", source, "-c:v", "ffv1");
      for (const ffmpeg of await everyFfmpeg()) {
        const frames = await decode(file, { ffmpeg });
        assert.equal(frames.length, 2);
        // What is odd loses its last row or column.
        const [w, h] = [width, height].map((side) => (side > 1 ? side & ~1 : side)) as [number, number];
        assert.deepEqual([frames[0]!.width, frames[0]!.height], [w, h]);
        assert.equal(frames[0]!.data.length, w * h + 2 * Math.ceil(w / 2) * Math.ceil(h / 2));
      }
    });
  }

  it("scales down to maxHeight and keeps the shape", async () => {
    const file = await makeClip(at("tall.mp4"), ...testsrc("size=320x240:rate=25:duration=0.08"), ...h264);
    const [small] = await decode(file, { maxHeight: 100 });
    assert.deepEqual([small!.width, small!.height, small!.data.length], [134, 100, 134 * 100 * 1.5]);
    const [same] = await decode(file, { maxHeight: 1000 });
    assert.deepEqual([same!.width, same!.height], [320, 240]);
  });

  it("keeps the shape of a picture that changes its size in mid-clip, and tells when", async () => {
    const part = async (name: string, colour: string, size: string) =>
      readFile(
        await makeClip(
          at(`${name}.h264`),
          ...["-f", "lavfi", "-i", `color=${colour}:size=${size}:rate=25:duration=0.4`],
          ...["-c:v", "libx264", "-pix_fmt", "yuv420p"],
        ),
      );
    const file = at("turnedPhone.h264");
    await writeFile(
      file,
      Buffer.concat([await part("wide", "gray", "64x48"), await part("tall", "white", "32x64")]),
    );
    for (const ffmpeg of await everyFfmpeg()) {
      const info = await probeMedia(file, { ffmpeg });
      const changes: number[] = [];
      const rows: number[][] = [];
      const options = { ffmpeg, onOtherSize: (timeMs: number) => changes.push(timeMs) };
      for await (const { width, height, data } of decodeFrames(file, info, options)) {
        assert.deepEqual([width, height], [64, 48]);
        rows.push(Array.from(data.subarray(20 * 64, 21 * 64)));
      }
      assert.equal(rows.length, 20, ffmpeg.version);
      assert.deepEqual(changes, [400], ffmpeg.version);
      assert.ok(rows[5]!.every((luma) => Math.abs(luma - 126) < 4));
      // 32 x 64 fits as 24 x 48.
      for (const [x, luma] of rows[15]!.entries())
        if (Math.abs(x - 31.5) < 11) assert.ok(luma > 220, `${ffmpeg.version}: ${x} is ${luma}`);
        else if (Math.abs(x - 31.5) > 13) assert.ok(luma < 30, `${ffmpeg.version}: ${x} is ${luma}`);
    }
  });

  it("keeps the shape of a picture of an odd size that changes it in mid-clip", async () => {
    const part = async (name: string, colour: string, size: string) =>
      readFile(
        await makeClip(
          at(`${name}.h264`),
          ...["-f", "lavfi", "-i", `color=${colour}:size=${size}:rate=25:duration=0.4,format=yuv444p`],
          ...["-c:v", "libx264", "-pix_fmt", "yuv444p"],
        ),
      );
    const file = at("odd.h264");
    await writeFile(
      file,
      Buffer.concat([await part("wideOdd", "gray", "65x49"), await part("tallOdd", "white", "33x65")]),
    );
    for (const ffmpeg of await everyFfmpeg()) {
      const rows: number[][] = [];
      const info = await probeMedia(file, { ffmpeg });
      for await (const { width, height, data } of decodeFrames(file, info, { ffmpeg })) {
        assert.deepEqual([width, height], [64, 48], ffmpeg.version);
        rows.push(Array.from(data.subarray(20 * 64, 21 * 64)));
      }
      assert.ok(
        rows[2]!.every((luma) => Math.abs(luma - 126) < 6),
        ffmpeg.version,
      );
      // 33 x 65, cut to 32 x 64, fits as 24 x 48.
      for (const [x, luma] of rows.at(-3)!.entries())
        if (Math.abs(x - 31.5) < 11) assert.ok(luma > 215, `${ffmpeg.version}: ${x} is ${luma}`);
        else if (Math.abs(x - 31.5) > 13) assert.ok(luma < 35, `${ffmpeg.version}: ${x} is ${luma}`);
    }
  });

  it("shows each frame of an interlaced clip as one moment", async () => {
    // A bar that moves by 8 pixels a field: woven, its edges are combs.
    const moving =
      "color=black:size=128x64:rate=50:duration=0.8,format=yuv444p,geq=lum='if(between(X,8*N,8*N+24),235,16)':cb=128:cr=128";
    const file = await makeClip(
      at("interlaced.mp4"),
      ...["-f", "lavfi", "-i", moving, "-vf", "tinterlace=interleave_top,format=yuv420p"],
      ...["-c:v", "libx264", "-crf", "4", "-flags", "+ildct+ilme", "-x264opts", "tff=1"],
    );
    for (const ffmpeg of await everyFfmpeg()) {
      const info = await probeMedia(file, { ffmpeg });
      assert.equal(info.video?.interlaced, true, ffmpeg.version);
      const frames = await decode(file, { ffmpeg });
      assert.equal(frames.length, 20, ffmpeg.version);
      assertNear(
        frames.map(({ timeMs }) => timeMs),
        Array.from({ length: 20 }, (_, n) => n * 40),
        0.1,
        ffmpeg.version,
      );
      // Of the rows in the middle each is like the one below.
      const { data, width } = frames[3]!;
      const row = (y: number) => Array.from(data.subarray(y * width, (y + 1) * width));
      const torn = row(31).filter((luma, x) => Math.abs(luma - row(32)[x]!) > 100).length;
      assert.ok(torn <= 2, `${ffmpeg.version}: ${torn} pixels differ from the row below`);
    }
    const progressive = await probeMedia(
      await makeClip(at("progressive.mp4"), ...testsrc("size=64x48:rate=25:duration=0.2"), ...h264),
    );
    assert.equal(progressive.video?.interlaced, undefined);
  });

  it("brings the colours of a phone's HDR clip to those of networks, and says that it is HDR", async () => {
    const red = "color=red:size=64x48:rate=25:duration=0.12,format=rgb24";
    const file = await makeClip(
      at("hdr.mp4"),
      ...["-f", "lavfi", "-i", red, "-vf", "scale=out_color_matrix=bt2020", "-pix_fmt", "yuv420p"],
      ...[
        "-c:v",
        "libx264",
        "-colorspace",
        "bt2020nc",
        "-color_primaries",
        "bt2020",
        "-color_trc",
        "arib-std-b67",
      ],
    );
    for (const ffmpeg of await everyFfmpeg()) {
      const info = await probeMedia(file, { ffmpeg });
      assert.deepEqual([info.video?.hdr, info.video?.matrix], ["hlg", "bt709"], ffmpeg.version);
      const [frame] = await decode(file, { ffmpeg });
      assertNear(pixel(frame!, 0.5, 0.5), [63, 102, 240], 3, ffmpeg.version);
    }
  });

  it("tells of a picture that holds two views", async () => {
    const file = await makeClip(
      at("stereo.mkv"),
      ...testsrc("size=64x48:rate=25:duration=0.2"),
      ...h264,
      ...["-metadata:s:v:0", "stereo_mode=left_right"],
    );
    for (const ffmpeg of await everyFfmpeg())
      assert.match(
        (await probeMedia(file, { ffmpeg })).video?.stereo3d ?? "",
        /side by side/i,
        ffmpeg.version,
      );
  });

  it("leaves the places of an odd picture where they are", async () => {
    // Black but for a column at 60: a picture that was stretched by a pixel would have it elsewhere, and grey.
    const file = at("column.mkv");
    const source =
      "color=black:size=63x47:rate=25:duration=0.08,format=yuv444p,drawbox=60:0:1:47:white:t=fill";
    await makeClip(file, ...["-f", "lavfi", "-i", source, "-c:v", "ffv1"]);
    for (const ffmpeg of await everyFfmpeg()) {
      const [{ data, width } = { data: [], width: 0 }] = await decode(file, { ffmpeg });
      const row = Array.from(data.slice(20 * width, 21 * width));
      assert.deepEqual(
        row.flatMap((luma, x) => (luma > 17 ? [[x, luma]] : [])),
        [[60, 235]],
        ffmpeg.version,
      );
    }
  });

  it("decodes from startMs up to endMs, on the same clock and with the same pixels", async () => {
    const file = await makeClip(
      at("range.mp4"),
      ...testsrc("size=64x48:rate=25:duration=2"),
      ...h264,
      "-g",
      "10",
    );
    for (const ffmpeg of await everyFfmpeg()) {
      const all = (await decode(file, { ffmpeg })).filter((f) => f.timeMs >= 600 && f.timeMs < 1000);
      const part = await decode(file, { ffmpeg, startMs: 600, endMs: 1000 });
      assert.deepEqual(
        part.map((f) => [f.timeMs, Buffer.from(f.data)]),
        all.map((f) => [f.timeMs, Buffer.from(f.data)]),
      );
      assert.deepEqual(part.map((f) => f.index).slice(0, 2), [0, 1]);
    }
  });

  it("gives the same bytes each time", async () => {
    const file = await makeClip(at("same.mp4"), ...testsrc("size=320x240:rate=25:duration=1"), ...h264);
    const digest = async () => {
      const hash = createHash("sha256");
      for (const frame of await decode(file)) hash.update(frame.data).update(String(frame.timeMs));
      return hash.digest("hex");
    };
    assert.equal(await digest(), await digest());
  });

  it("uses three buffers for the whole clip", async () => {
    const file = await makeClip(at("buffers.mp4"), ...testsrc("size=64x48:rate=25:duration=4"), ...h264);
    const buffers = new Set<ArrayBufferLike>();
    for await (const frame of decodeFrames(file, await probeMedia(file))) buffers.add(frame.data.buffer);
    assert.ok(buffers.size <= 3, `${buffers.size}`);
  });

  it("leaves a frame as it is while as many newer ones are asked for as the consumer holds", async () => {
    const file = await makeClip(at("held.mp4"), ...testsrc("size=64x48:rate=25:duration=1"), ...h264);
    const held: { data: Uint8Array; copy: Uint8Array }[] = [];
    let compared = 0;
    for await (const { data } of decodeFrames(file, await probeMedia(file), { held: 4 })) {
      // Time for the decoder to write into a buffer that is free too early.
      await new Promise((resolve) => setTimeout(resolve, 5));
      held.push({ data, copy: data.slice() });
      if (held.length > 4) held.shift();
      for (const one of held) assert.deepEqual(one.data, one.copy);
      compared += held.length;
    }
    assert.equal(compared, 1 + 2 + 3 + 22 * 4);
  });

  it("ignores what the file's name claims", async () => {
    const file = await makeClip(at("really.mkv"), ...testsrc("size=64x48:rate=25:duration=0.2"), ...h264);
    await copyFile(file, at("claims.mp4"));
    assert.equal((await decode(at("claims.mp4"))).length, 5);
  });

  it("refuses a file without a picture", async () => {
    const file = await makeClip(at("tone.wav"), "-f", "lavfi", "-i", "sine=duration=0.1");
    await assert.rejects(decode(file), { code: "no_video" });
  });

  it("leaves no process behind when the consumer stops", async () => {
    const file = await makeClip(at("stop.mp4"), ...testsrc("size=640x480:rate=25:duration=4"), ...h264);
    for await (const frame of decodeFrames(file, await probeMedia(file))) if (frame.index === 2) break;
    assert.deepEqual(await runningTools(), []);
  });

  it("leaves no process behind when it is cancelled", async () => {
    const file = await makeClip(at("cancel.mp4"), ...testsrc("size=640x480:rate=25:duration=4"), ...h264);
    const abort = new AbortController();
    const work = async () => {
      const info = await probeMedia(file);
      for await (const frame of decodeFrames(file, info, { signal: abort.signal })) {
        if (frame.index === 2) abort.abort();
        assert.ok(frame.index < 8, "goes on after the cancellation");
      }
    };
    await assert.rejects(work(), { name: "AbortError" });
    assert.deepEqual(await runningTools(), []);
  });
});
