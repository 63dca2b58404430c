import assert from "node:assert/strict";
import { AmplitudeMagnifier, type MagnifierSettings } from "../../../daemon/magnification/magnifier.ts";
import { MotionMagnifier } from "../../../daemon/magnification/motionMagnifier.ts";
import type { Frame } from "../../../daemon/media/frame.ts";

const width = 128;
const height = 64;
const frameRate = 30;
/** Long against the pooling's cut-off of 11 px, so that pooling passes it whole. */
const wavelengthPx = 128;
/** Geometric centre of the band: unit gain, no phase shift. */
const centreHz = Math.sqrt(0.5 * 1.5);

/** A sinusoid grating whose phase moves by `shiftPx`. */
function grating(index: number, shiftPx: number): Frame {
  const data = new Uint8Array(width * height * 1.5).fill(128);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Dithered, so that movement far below a grey level is not lost to rounding.
      const dither = ((x * 7 + y * 13 + ((x * y) % 5) * 3) % 16) / 16 - 0.5;
      data[y * width + x] = Math.round(
        128 + 80 * Math.sin((2 * Math.PI * (x - shiftPx)) / wavelengthPx) + dither,
      );
    }
  }
  return { index, timeMs: (1000 * index) / frameRate, width, height, data, matrix: "bt601", fullRange: true };
}

/** The grating's shift in pixels, from the phase of its own frequency over the luma's middle rows. */
function shiftOf(frame: Frame): number {
  let re = 0;
  let im = 0;
  for (let y = 16; y < 48; y++) {
    for (let x = 0; x < width; x++) {
      const v = frame.data[y * width + x]!;
      re += v * Math.cos((2 * Math.PI * x) / wavelengthPx);
      im += v * Math.sin((2 * Math.PI * x) / wavelengthPx);
    }
  }
  return (-Math.atan2(re, im) * wavelengthPx) / (2 * Math.PI);
}

const settings = (more: Partial<MagnifierSettings>): MagnifierSettings => ({
  width,
  height,
  frameRate,
  bandHz: [0.5, 1.5],
  levels: 2,
  alpha: undefined,
  alphaRange: [3, 6],
  ...more,
});

/** Largest shift over the last two periods. */
function swing(step: (frame: Frame) => Frame, amplitudePx: number): { before: number; after: number } {
  const frames = Math.round((10 * frameRate) / centreHz);
  let before = 0;
  let after = 0;
  for (let index = 0; index < frames; index++) {
    const frame = grating(index, amplitudePx * Math.sin((2 * Math.PI * centreHz * index) / frameRate));
    const out = step(frame);
    if (index < (8 * frameRate) / centreHz) continue;
    before = Math.max(before, Math.abs(shiftOf(frame)));
    after = Math.max(after, Math.abs(shiftOf(out)));
  }
  return { before, after };
}

describe("motion magnification", () => {
  for (const alpha of [3, 6]) {
    it(`magnifies a sub-pixel motion inside the bound by 1 + alpha within 5 %, alpha ${alpha}`, () => {
      const magnifier = new AmplitudeMagnifier(settings({ alpha }));
      const { before, after } = swing((frame) => magnifier.step(frame).frame, 0.1);
      assert.ok(Math.abs(before - 0.1) < 0.01, `input swings by ${before}`);
      const ratio = after / before / (1 + alpha);
      assert.ok(Math.abs(ratio - 1) < 0.05, `magnified by ${after / before}, not ${1 + alpha}`);
    });
  }

  it("magnifies in motion mode, by no more than the bound allows", () => {
    const magnifier = new MotionMagnifier(settings({ alpha: 4, levels: 5 }));
    const { before, after } = swing((frame) => magnifier.step(frame).frame, 0.2);
    assert.ok(after / before > 2 && after / before <= 5.25, `magnified by ${after / before}`);
  });

  it("returns the input bit for bit with alpha 0, in both modes", () => {
    for (const magnifier of [
      new AmplitudeMagnifier(settings({ alpha: 0 })),
      new MotionMagnifier(settings({ alpha: 0 })),
    ]) {
      for (let index = 0; index < 20; index++) {
        const frame = grating(index, 0.3 * Math.sin(index));
        assert.deepEqual(magnifier.step(frame).frame.data, frame.data);
      }
    }
  });

  it("returns the first frame and every still frame as it is", () => {
    const magnifier = new AmplitudeMagnifier(settings({ alpha: 6 }));
    const still = grating(0, 0);
    for (let index = 0; index < 10; index++) {
      assert.deepEqual(magnifier.step({ ...still, index }).frame.data, still.data);
    }
  });

  it("clamps an amplification beyond the bound and says so", () => {
    const magnifier = new AmplitudeMagnifier(settings({ alpha: 60 }));
    let clamped = false;
    for (let index = 0; index < 60; index++) {
      const answer = magnifier.step(grating(index, Math.sin((2 * Math.PI * centreHz * index) / frameRate)));
      clamped ||= answer.clamped;
      assert.ok(answer.alpha <= 60);
    }
    assert.ok(clamped);
  });

  it("starts anew after a reset: a cut to another picture does not flash", () => {
    const magnifier = new AmplitudeMagnifier(settings({ alpha: 6 }));
    for (let index = 0; index < 20; index++) magnifier.step(grating(index, 0.2 * Math.sin(index)));
    magnifier.reset();
    const other = grating(20, 17);
    assert.deepEqual(magnifier.step(other).frame.data, other.data);
  });
});
