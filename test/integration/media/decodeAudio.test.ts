import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { decodeAudio, type DecodeAudioOptions } from "../../../daemon/media/decodeAudio.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { everyFfmpeg, lavfi, makeClip, runningTools, temporaryFolder } from "./clips.ts";

const pulse = (atS: number) => `aevalsrc=0.5*between(t\\,${atS}\\,${atS + 0.01}):d=2:s=16000`;

/** All samples, after checking that the chunks follow one another on the clock. */
async function decode(file: string, options: DecodeAudioOptions): Promise<Float32Array> {
  const chunks: Float32Array[] = [];
  let count = 0;
  for await (const chunk of decodeAudio(file, await probeMedia(file, options), options)) {
    assert.equal(chunk.timeMs, (1000 * count) / options.sampleRateHz);
    assert.equal(chunk.sampleRateHz, options.sampleRateHz);
    chunks.push(chunk.samples);
    count += chunk.samples.length;
  }
  const all = new Float32Array(count);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** When the sound first exceeds a quarter, seconds. */
const onset = (samples: Float32Array, rate: number) => samples.findIndex((s) => Math.abs(s) > 0.25) / rate;

/** A WAV file of 32-bit floats. */
function floatWav(samples: Float32Array, rate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + 4 * samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(3, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(4 * rate, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write("data", 36);
  header.writeUInt32LE(4 * samples.length, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

describe("decodeAudio", () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  const picture = lavfi("testsrc=size=64x48:rate=25:duration=3");
  const both = ["-map", "0", "-map", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p"];

  /** name, how it is made, when its pulse is heard, seconds; tolerance, seconds. */
  const clocks: [string, string[], number, number][] = [
    ["plain.wav", lavfi(pulse(0.5)), 0.5, 0.0005],
    [
      "late.mkv",
      [...picture, "-itsoffset", "0.7", ...lavfi(pulse(0.5)), ...both, "-c:a", "pcm_s16le"],
      1.2,
      0.002,
    ],
    ["late.mp4", [...picture, "-itsoffset", "0.7", ...lavfi(pulse(0.5)), ...both, "-c:a", "aac"], 1.2, 0.005],
    ["aac.mp4", [...picture, ...lavfi(pulse(0.5)), ...both, "-c:a", "aac"], 0.5, 0.005],
    [
      "gap.mkv",
      [...lavfi(pulse(1.5)), "-af", "aselect=not(between(t\\,0.5\\,1.2))", "-c:a", "pcm_s16le"],
      1.5,
      0.07,
    ],
  ];
  for (const [name, args, expected, tolerance] of clocks) {
    it(`hears the pulse of ${name} when it sounds`, async () => {
      const file = await makeClip(at(name), ...args);
      for (const ffmpeg of await everyFfmpeg()) {
        const heard = onset(await decode(file, { sampleRateHz: 16_000, ffmpeg }), 16_000);
        assert.ok(Math.abs(heard - expected) <= tolerance, `${ffmpeg.version}: ${heard} s, not ${expected}`);
      }
    });
  }

  for (const [rate, channels] of [
    [8_000, 1],
    [96_000, 2],
    [44_100, 6],
    [16_000, 12],
  ] as const) {
    it(`mixes ${channels} channels at ${rate} Hz down to one at 44,100 Hz`, async () => {
      const tones = Array.from({ length: channels }, () => "0.5*sin(2*PI*440*t)").join("|");
      const file = await makeClip(at(`mix${channels}.wav`), ...lavfi(`aevalsrc=${tones}:d=1:s=${rate}`));
      for (const ffmpeg of await everyFfmpeg()) {
        const samples = await decode(file, { sampleRateHz: 44_100, ffmpeg });
        assert.ok(Math.abs(samples.length - 44_100) < 50, `${samples.length}`);
        const peak = samples.slice(4_000, 40_000).reduce((most, s) => Math.max(most, Math.abs(s)), 0);
        assert.ok(peak > 0.4 && peak <= 1, `${ffmpeg.version}: peak ${peak}`);
      }
    });
  }

  /** Encoder, ending, and the rate and channels before and after the change. */
  const changes: [string, string, [number, number], [number, number]][] = [
    ["libmp3lame", "mp3", [48_000, 1], [48_000, 2]],
    ["libmp3lame", "mp3", [48_000, 2], [24_000, 1]],
    ["aac", "aac", [44_100, 2], [22_050, 1]],
    ["ac3", "ac3", [48_000, 6], [48_000, 2]],
    ["ac3", "ts", [48_000, 2], [48_000, 6]],
    ["libopus", "opus", [48_000, 1], [48_000, 1]],
    ["libvorbis", "ogg", [44_100, 2], [44_100, 2]],
  ];
  for (const [encoder, ending, ...parts] of changes) {
    it(`hears on in its place when ${encoder} in .${ending} changes ${parts.join(" to ").replaceAll(",", " Hz x ")}`, async () => {
      const bytes: Buffer[] = [];
      for (const [n, [rate, channels]] of parts.entries()) {
        const sound = Array(channels).fill(`0.5*between(t\\,0.5\\,0.51)`).join("|");
        const source = lavfi(`aevalsrc=${sound}:d=2:s=${rate}`);
        const clock = ending === "ts" ? ["-output_ts_offset", String(2 * n)] : [];
        const part = await makeClip(at(`part${n}.${ending}`), ...source, "-c:a", encoder, ...clock);
        bytes.push(await readFile(part));
      }
      const file = at(`changes-${parts.join("-").replaceAll(",", "x")}.${ending}`);
      await writeFile(file, Buffer.concat(bytes));
      for (const ffmpeg of await everyFfmpeg()) {
        const heard = await decode(file, { sampleRateHz: 16_000, ffmpeg });
        const late = onset(heard.subarray(16_000), 16_000) + 1;
        const said = `${ffmpeg.version}: ${heard.length / 16_000} s, the second pulse at ${late} s`;
        // Encoders put up to two frames before and behind each part.
        assert.ok(Math.abs(heard.length / 16_000 - 4) < 0.25 && Math.abs(late - 2.5) < 0.2, said);
      }
    });
  }

  it("takes NaN for silence and infinity for full scale", async () => {
    const samples = Float32Array.from({ length: 1600 }, (_, i) => [NaN, 7, -Infinity, 0.25][i % 4]!);
    await writeFile(at("wild.wav"), floatWav(samples, 16_000));
    for (const ffmpeg of await everyFfmpeg()) {
      const heard = await decode(at("wild.wav"), { sampleRateHz: 16_000, ffmpeg });
      assert.deepEqual([...heard.slice(0, 3)], [0, 1, -1]);
      assert.ok(Math.abs(heard[3]! - 0.25 / 7) < 1e-6, "in proportion to the loudest");
      assert.ok(heard.every((s) => s >= -1 && s <= 1));
    }
  });

  it("turns floating-point sound that goes beyond full scale down as a whole, and says by how much", async () => {
    const wave = (size: number) => Float32Array.from({ length: 16_000 }, (_, i) => size * Math.sin(i / 5));
    await writeFile(at("quiet.wav"), floatWav(wave(0.5), 16_000));
    await writeFile(at("loud.wav"), floatWav(wave(10), 16_000));
    for (const ffmpeg of await everyFfmpeg()) {
      let turned = 0;
      const options = { ffmpeg, sampleRateHz: 16_000, onTurnedDown: (db: number) => (turned = db) };
      const quiet = await decode(at("quiet.wav"), options);
      assert.equal(turned, 0);
      const loud = await decode(at("loud.wav"), options);
      assert.ok(Math.abs(turned - 20) < 0.1, `${turned} dB`);
      for (let i = 0; i < 16_000; i++) assert.ok(Math.abs(loud[i]! / 2 - quiet[i]!) < 1e-3, `sample ${i}`);
    }
  });

  it("refuses a file without sound", async () => {
    const file = await makeClip(at("silent.mp4"), ...picture, "-c:v", "libx264", "-pix_fmt", "yuv420p");
    await assert.rejects(decode(file, { sampleRateHz: 16_000 }), { code: "no_audio" });
  });

  it("leaves no process behind when it is cancelled", async () => {
    const file = await makeClip(at("long.wav"), ...lavfi("sine=d=600:r=44100"));
    const abort = new AbortController();
    const work = async () => {
      const options = { sampleRateHz: 44_100, signal: abort.signal };
      for await (const { timeMs } of decodeAudio(file, await probeMedia(file), options)) {
        if (timeMs > 1000) abort.abort();
      }
    };
    await assert.rejects(work(), { name: "AbortError" });
    assert.deepEqual(await runningTools(), []);
  });
});
