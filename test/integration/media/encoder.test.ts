import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { createEncoder } from "../../../daemon/media/encoder.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { writeFailure } from "../../../daemon/media/writeFailure.ts";
import { makeProxy } from "../../../daemon/playback/proxy.ts";
import { isAppError } from "../../../shared/errors.ts";
import { everyFfmpeg, lavfi, makeClip, runningTools, temporaryFolder } from "./clips.ts";

/** Mean luma of each frame of a file, and the times. */
async function lumas(file: string): Promise<{ luma: number[]; timesMs: number[] }> {
  const [luma, timesMs]: [number[], number[]] = [[], []];
  for await (const { data, width, height, timeMs } of decodeFrames(file, await probeMedia(file))) {
    const plane = data.subarray(0, width * height);
    luma.push(Math.round(plane.reduce((sum, y) => sum + y, 0) / plane.length));
    timesMs.push(timeMs);
  }
  return { luma, timesMs };
}

describe("createEncoder", () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  const grey = (level: number) => new Uint8Array(48 * 32 * 1.5).fill(128).fill(level, 0, 48 * 32);
  const size = { width: 48, height: 32, frameRate: 25 };

  it("writes yuv420p frames with the sound of another file, and the same bytes each time", async () => {
    const soundPath = await makeClip(at("tone.wav"), ...lavfi("sine=d=0.2"));
    for (const ffmpeg of await everyFfmpeg()) {
      for (const name of ["one.mp4", "two.mp4"]) {
        await using encoder = await createEncoder(at(name), { ...size, soundPath, ffmpeg });
        for (const level of [40, 80, 120, 160, 200]) await encoder.write(grey(level));
        await encoder.close();
      }
      assert.deepEqual(await readFile(at("one.mp4")), await readFile(at("two.mp4")));
      const info = await probeMedia(at("one.mp4"));
      assert.deepEqual([info.video?.codec, info.video?.matrix, info.audio?.codec], ["h264", "bt709", "aac"]);
      const { luma, timesMs } = await lumas(at("one.mp4"));
      assert.deepEqual(timesMs, [0, 40, 80, 120, 160]);
      assert.ok(
        luma.every((y, i) => Math.abs(y - [40, 80, 120, 160, 200][i]!) <= 2),
        luma.join(" "),
      );
    }
  });

  it("writes RGB with odd sides", async () => {
    await using encoder = await createEncoder(at("rgb.mp4"), {
      width: 47,
      height: 31,
      frameRate: 25,
      pixels: "rgb24",
    });
    const red = new Uint8Array(47 * 31 * 3).map((_, i) => (i % 3 === 0 ? 255 : 0));
    for (let i = 0; i < 3; i++) await encoder.write(red);
    await encoder.close();
    const { width, height } = (await probeMedia(at("rgb.mp4"))).video!;
    assert.deepEqual([width, height], [48, 32]);
    // Red is 63 in BT.709; the added row and column are black.
    const { luma } = await lumas(at("rgb.mp4"));
    assert.ok(
      luma.every((y) => Math.abs(y - 61) <= 3),
      luma.join(" "),
    );
  });

  it("holds a frame with a time until the next one is due", async () => {
    await using encoder = await createEncoder(at("held.mp4"), size);
    for (const [timeMs, level] of [
      [0, 40],
      [120, 200],
      [160, 40],
    ] as const)
      await encoder.write(grey(level), timeMs);
    await encoder.close();
    const { luma } = await lumas(at("held.mp4"));
    assert.deepEqual(
      luma.map((y) => y > 120),
      [false, false, false, true, false],
    );
  });

  it("says of a folder that is not there, and of a disk that is full, that they are", async () => {
    for (const ffmpeg of await everyFfmpeg()) {
      await using encoder = await createEncoder(at("nowhere/one.mp4"), { ...size, ffmpeg });
      const whole = async () => {
        for (let n = 0; n < 100; n++) await encoder.write(grey(n));
        await encoder.close();
      };
      await assert.rejects(whole(), (error) => isAppError(error, "invalid_path"));
    }
    const words = "av_interleaved_write_frame(): No space left on device\nError writing trailer of .a.part";
    assert.equal(writeFailure("a.mp4", ".a.part", words)?.code, "disk_full");
    assert.equal(writeFailure("a.mp4", ".a.part", "in.mp4: Permission denied"), undefined);
    assert.equal(writeFailure("a.mp4", ".a.part", ".a.part: Permission denied")?.code, "invalid_path");
  });

  it("leaves neither file nor process when it is given up", async () => {
    {
      await using encoder = await createEncoder(at("given.mp4"), size);
      await encoder.write(grey(40));
    }
    assert.ok(!(await readdir(folder.path)).some((name) => name.includes("given")));
    assert.deepEqual(await runningTools(), []);
  });
});

describe("makeProxy", () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  const sources = [...lavfi("testsrc=size=64x48:rate=25:duration=0.4"), ...lavfi("sine=d=0.4")];

  for (const [name, args] of [
    ["h264.mkv", ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]],
    ["tenBit.mkv", ["-c:v", "ffv1", "-pix_fmt", "yuv420p10le", "-c:a", "pcm_s16le"]],
  ] as const) {
    it(`makes H.264 and Opus of ${name}, with the same frame times`, async () => {
      const file = await makeClip(at(name), ...sources, ...args);
      const before = await lumas(file);
      for (const ffmpeg of await everyFfmpeg()) {
        const proxy = at(`${name}.mp4`);
        await makeProxy(file, await probeMedia(file), proxy, { ffmpeg });
        const info = await probeMedia(proxy);
        assert.deepEqual([info.video?.codec, info.audio?.codec], ["h264", "opus"]);
        const after = await lumas(proxy);
        assert.equal(after.timesMs.length, before.timesMs.length);
        assert.ok(
          after.timesMs.every((time, i) => Math.abs(time - before.timesMs[i]!) <= 8),
          after.timesMs.join(" "),
        );
      }
      assert.ok(!(await readdir(folder.path)).some((left) => left.endsWith(".part")));
    });
  }
});
