import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { addSound } from "../../../daemon/media/addSound.ts";
import { decodeAudio } from "../../../daemon/media/decodeAudio.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { everyFfmpeg, lavfi, makeClip, temporaryFolder } from "./clips.ts";

const pulse = (channels: number) =>
  lavfi(`aevalsrc=${Array(channels).fill("0.5*between(t\\,0.5\\,0.51)").join("|")}:d=2:s=48000`);

describe("the sound that is put beside a picture", () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  let joined = "";
  let late = "";

  before(async () => {
    await makeClip(
      at("picture.mp4"),
      ...lavfi("testsrc=size=64x48:rate=25:duration=4"),
      "-pix_fmt",
      "yuv420p",
    );
    const parts = await Promise.all([1, 2].map((n) => makeClip(at(`${n}.mp3`), ...pulse(n))));
    joined = at("joined.mp3");
    await writeFile(joined, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
    const sound = ["-itsoffset", "1", ...pulse(2), "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "aac"];
    late = await makeClip(at("late.ts"), "-i", at("picture.mp4"), ...sound);
  });

  /** What is done, and when pulses are heard, seconds. */
  const cases: [string, () => string, { fromMs?: number; pitch?: boolean }, number[]][] = [
    ["of a joined file that becomes stereo", () => joined, {}, [0.5, 2.5]],
    ["of the part of it that begins at 2 s", () => joined, { fromMs: 2000 }, [0.5]],
    ["that begins late", () => late, {}, [1.5]],
    ["that begins late, in a part that begins before", () => late, { fromMs: 500 }, [1]],
    ["that begins late, lowered", () => late, { pitch: true }, [1.5]],
  ];
  for (const [what, clip, options, expected] of cases)
    it(`${what} lies at ${expected.join(" and ")} s`, async () => {
      const mediaPath = clip();
      const media = await probeMedia(mediaPath);
      for (const ffmpeg of await everyFfmpeg()) {
        const file = at("out.mp4");
        await copyFile(at("picture.mp4"), file);
        await addSound(file, { mediaPath, media, ffmpeg, ...options });
        const heard: number[] = [];
        for await (const { timeMs, samples } of decodeAudio(file, await probeMedia(file), {
          sampleRateHz: 16_000,
        }))
          for (const [i, sample] of samples.entries()) {
            const seconds = timeMs / 1000 + i / 16_000;
            if (Math.abs(sample) > 0.2 && seconds - (heard.at(-1) ?? -1) > 0.3) heard.push(seconds);
          }
        assert.equal(heard.length, expected.length, heard.join());
        for (const [i, seconds] of expected.entries())
          assert.ok(Math.abs(heard[i]! - seconds) < 0.1, `${ffmpeg.version}: ${heard.join()} s`);
      }
    });
});
