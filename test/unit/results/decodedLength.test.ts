import assert from "node:assert/strict";
import { DecodedLength } from "../../../daemon/results/decodedLength.ts";
import type { MediaInfo } from "../../../shared/protocol/results.ts";

const media = (statedDurationMs: number, frameRate = 25): MediaInfo => ({
  ...{ name: "clip.mp4", sizeBytes: 1, durationMs: statedDurationMs, statedDurationMs, container: "mov" },
  video: {
    ...{ codec: "h264", pixelFormat: "yuv420p", width: 64, height: 48, rotationDeg: 0, frameRate },
    ...{ variableFrameRate: false, startMs: 0, matrix: "bt601", fullRange: false },
  },
});
const frames = (length: DecodedLength, count: number, everyMs: number) => {
  for (let i = 0; i < count; i++) length.see(i * everyMs);
};

describe("DecodedLength", () => {
  it("is until the end of the last frame or of the sound, whichever is later", () => {
    const pictures = new DecodedLength();
    frames(pictures, 50, 40);
    assert.equal(pictures.finish(media(2000)).media.durationMs, 2000);
    pictures.hear(2500);
    assert.equal(pictures.finish(media(2000)).media.durationMs, 2500);
  });

  for (const [stated, told] of [
    [0, false],
    [2000, false],
    [2600, false],
    [1000, true],
    [66_419, true],
  ] as const) {
    it(`${told ? "says" : "does not say"} that a header of ${stated} ms is wrong of 2500 ms`, () => {
      const length = new DecodedLength();
      length.hear(2500);
      const { media: found, notes } = length.finish(media(stated));
      assert.equal(found.durationMs, 2500);
      assert.equal(notes.length, told ? 1 : 0);
      if (told) assert.match(notes[0]!, new RegExp(`${(stated / 1000).toFixed(1)} s; 2.5 s were decoded`));
    });
  }

  it("counts the frames a second, whatever the header claims", () => {
    const length = new DecodedLength();
    frames(length, 20, 500);
    const { video } = length.finish(media(10_000, 1000)).media;
    assert.deepEqual([video!.frameRate, video!.frameIntervalMs], [2, 500]);
    assert.match(
      length.finish(media(10_000)).notes.join(),
      /Blinks were not counted: the pictures are 500 ms/,
    );
  });

  it("keeps the header's rate where the frames agree with it", () => {
    const length = new DecodedLength();
    frames(length, 30, 33);
    assert.equal(length.finish(media(1000, 30000 / 1001)).media.video!.frameRate, 30.303);
    const exact = new DecodedLength();
    frames(exact, 100, 1001 / 30);
    assert.equal(exact.finish(media(3300, 30000 / 1001)).media.video!.frameRate, 29.97);
  });
});
