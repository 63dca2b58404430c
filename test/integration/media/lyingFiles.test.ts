import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { decodeAudio } from "../../../daemon/media/decodeAudio.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import type { Ffmpeg } from "../../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import type { MediaInfo } from "../../../shared/protocol/results.ts";
import { everyFfmpeg, lavfi, makeClip, temporaryFolder } from "./clips.ts";

const unit = 0x10000;

/** Files whose headers claim what is not so: what is there counts. */
describe("a file that claims what is not there", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);

  async function secondsHeard(file: string, ffmpeg: Ffmpeg): Promise<number> {
    let samples = 0;
    const options = { ffmpeg, sampleRateHz: 16_000 };
    for await (const chunk of decodeAudio(file, await probeMedia(file, options), options))
      samples += chunk.samples.length;
    return samples / 16_000;
  }

  describe("of its length", () => {
    const seconds = 4;
    const bytes = 2 * 16_000 * seconds;
    before(async () => {
      const sound = lavfi(`sine=frequency=300:sample_rate=16000:duration=${seconds}`);
      await makeClip(at("whole.wav"), ...sound, "-c:a", "pcm_s16le", "-bitexact");
      const wav = await readFile(at("whole.wav"));
      const data = wav.indexOf("data");
      const sized = (riff: number, length: number): Buffer => {
        const changed = Buffer.from(wav);
        changed.writeUInt32LE(riff, 4);
        changed.writeUInt32LE(length, data + 4);
        return changed;
      };
      const list = Buffer.from("LIST\x0a\0\0\0INFOISFTab", "latin1");
      await writeFile(at("crashed.wav"), sized(0, 0));
      await writeFile(at("streamed.wav"), sized(0xffffffff, 0xffffffff));
      await writeFile(at("placeholder.wav"), sized(2_000_000_036, 2_000_000_000));
      await writeFile(at("half.wav"), sized(36 + bytes / 2, bytes / 2));
      await writeFile(at("joined.wav"), Buffer.concat([wav, wav]));
      await writeFile(at("tagged.wav"), Buffer.concat([wav, list]));
      const quietFirst = ["-af", `volume=enable='lt(t,2)':volume=0`];
      await makeClip(at("guessed.aac"), ...sound, ...quietFirst, "-c:a", "aac");
      const noHeader = ["-write_xing", "0", "-id3v2_version", "0", "-q:a", "0"];
      await makeClip(at("guessed.mp3"), ...sound, ...quietFirst, "-c:a", "libmp3lame", ...noHeader);
    });
    for (const [name, expected, tolerance] of [
      ["crashed.wav", seconds, 0.01],
      ["streamed.wav", seconds, 0.01],
      ["placeholder.wav", seconds, 0.01],
      ["half.wav", seconds, 0.01],
      ["joined.wav", 2 * seconds, 0.01],
      ["tagged.wav", seconds, 0.0001],
      ["guessed.aac", seconds, 0.15],
      ["guessed.mp3", seconds, 0.15],
    ] as const) {
      it(`hears ${expected} s of ${name}`, async () => {
        for (const ffmpeg of await everyFfmpeg()) {
          const heard = await secondsHeard(at(name), ffmpeg);
          assert.ok(Math.abs(heard - expected) <= tolerance, `${ffmpeg.version}: ${heard} s`);
          if (name.startsWith("guessed"))
            assert.ok(Math.abs((await probeMedia(at(name), { ffmpeg })).durationMs / 1000 - expected) < 0.15);
        }
      });
    }
  });

  describe("of what is up", () => {
    const startCode = Buffer.from([0, 0, 1]);
    /** Grey but for a white quarter, right and above. */
    const picture = [
      ...lavfi("color=gray:size=64x48:rate=25:duration=0.2"),
      ...["-vf", "drawbox=x=32:y=0:w=32:h=24:color=white:t=fill"],
      ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "4"],
    ];
    /** The matrix, and where the white quarter is to be then: right, down, -1 or 1. */
    const table: [string, [number, number, number, number], [number, number]][] = [
      ["plain", [1, 0, 0, 1], [1, -1]],
      ["a quarter turn", [0, 1, -1, 0], [1, 1]],
      ["upside down", [-1, 0, 0, -1], [-1, 1]],
      ["three quarter turns", [0, -1, 1, 0], [-1, -1]],
      ["mirrored left to right", [-1, 0, 0, 1], [-1, -1]],
      ["mirrored top to bottom", [1, 0, 0, -1], [1, 1]],
      ["mirrored along the diagonal", [0, 1, 1, 0], [-1, 1]],
      ["mirrored along the other diagonal", [0, -1, -1, 0], [1, -1]],
    ];
    for (const [name, [a, b, c, d], [right, down]] of table) {
      it(`shows a picture upright whose matrix says ${name}`, async () => {
        const mp4 = await readFile(await makeClip(at("upright.mp4"), ...picture));
        // Version 0 of a track header: its matrix is 40 bytes behind the name and the flags.
        const matrix = mp4.indexOf("tkhd") + 4 + 4 + 20 + 16;
        const [w, h] = [64 * unit, 48 * unit];
        const values = [a * unit, b * unit, 0, c * unit, d * unit, 0, w, h, 0x40000000];
        for (const [i, value] of values.entries()) mp4.writeInt32BE(value, matrix + 4 * i);
        await writeFile(at("turned.mp4"), mp4);
        for (const ffmpeg of await everyFfmpeg()) {
          const info = await probeMedia(at("turned.mp4"), { ffmpeg });
          assert.deepEqual([info.video?.width, info.video?.height], a === 0 ? [48, 64] : [64, 48]);
          assert.deepEqual(await whiteQuarter(at("turned.mp4"), info, ffmpeg), [right, down], ffmpeg.version);
        }
      });
    }

    /** Where the white quarter of the first frame is: right, down, -1 or 1. */
    async function whiteQuarter(file: string, info: MediaInfo, ffmpeg: Ffmpeg) {
      for await (const { width, height, data } of decodeFrames(file, info, { ffmpeg })) {
        const white = [-1, 1]
          .flatMap((x) => [-1, 1].map((y) => [x, y] as const))
          .filter(([x, y]) => {
            const [column, row] = [(0.5 + 0.3 * x) * width, (0.5 + 0.3 * y) * height].map(Math.floor);
            return data[row! * width + column!]! > 180;
          });
        assert.equal(white.length, 1);
        return white[0];
      }
      return undefined;
    }

    it("shows a picture upright whose HEVC stream says that it is upside down (display orientation SEI)", async () => {
      const args = [...picture, "-c:v", "libx265", "-preset", "ultrafast"];
      const plain = await readFile(await makeClip(at("sei.hevc"), ...args));
      // Payload type 47, D.2.17 of H.265: no cancelling, no flips, half a turn, until told otherwise.
      const message = Buffer.from([0, ...startCode, 39 << 1, 1, 47, 3, 0x10, 0, 0x18, 0x80]);
      const pieces: Buffer[] = [];
      let from = 0;
      for (let start = plain.indexOf(startCode); start >= 0; start = plain.indexOf(startCode, start + 3)) {
        const isFirstSlice = ((plain[start + 3]! >> 1) & 63) < 32 && plain[start + 5]! >= 128;
        if (!isFirstSlice) continue;
        const before = plain[start - 1] === 0 ? start - 1 : start;
        pieces.push(plain.subarray(from, before), message);
        from = before;
      }
      const file = at("turned.hevc");
      await writeFile(file, Buffer.concat([...pieces, plain.subarray(from)]));
      for (const ffmpeg of await everyFfmpeg()) {
        const info = await probeMedia(file, { ffmpeg });
        assert.equal(info.video?.rotationDeg, 180, ffmpeg.version);
        assert.deepEqual(await whiteQuarter(file, info, ffmpeg), [-1, 1], ffmpeg.version);
      }
    });
  });
});
