import assert from "node:assert/strict";
import { compoundScores } from "../../../shared/emotion/compound.ts";
import { isAppError } from "../../../shared/errors.ts";
import { AlphaControl, cutoffWavelengthPx, maxAlpha } from "../../../daemon/magnification/bound.ts";
import { IdealStream } from "../../../daemon/magnification/idealStream.ts";
import { MicroExpressionDetector, regionNames } from "../../../daemon/magnification/microExpression.ts";
import { chooseBand } from "../../../daemon/magnification/presets.ts";
import { readPulse } from "../../../daemon/magnification/pulse.ts";

describe("presets", () => {
  const bands: [Parameters<typeof chooseBand>[0], number, readonly [number, number]][] = [
    [{ preset: "thesis" }, 30, [0.5, 1.5]],
    [{ preset: "pulse" }, 30, [0.8, 2]],
    [{ preset: "micro" }, 30, [1, 12]],
    [{ preset: "micro" }, 200, [1, 12.5]],
    [{ preset: "thesis", bandHz: [2, 4] }, 30, [2, 4]],
  ];
  for (const [request, frameRate, band] of bands) {
    it(`gives ${band.join(" to ")} Hz for ${JSON.stringify(request)} at ${frameRate} fps`, () => {
      assert.deepEqual(chooseBand(request, frameRate), band);
    });
  }

  it("refuses micro-expressions at a frame rate that cannot carry them, with the reason", () => {
    assert.throws(
      () => chooseBand({ preset: "micro" }, 10),
      (error) => isAppError(error, "frame_rate_too_low") && error.message.includes("12.5"),
    );
  });

  it("refuses a band whose edges are swapped", () => {
    assert.throws(
      () => chooseBand({ preset: "thesis", bandHz: [2, 1] }, 30),
      (error) => isAppError(error, "invalid_config"),
    );
  });
});

describe("the bound on amplification", () => {
  it("is (1 + alpha) delta = lambda / 8", () => {
    assert.equal(maxAlpha(0.5, 16), 3);
    assert.equal(maxAlpha(0, 16), Infinity);
    assert.equal(maxAlpha(100, 16), 0);
  });

  it("takes the half-amplitude wavelength of the pyramid's kernel", () => {
    // cos^4(w / 2) = 1 / 2 at w = 1.1437.
    assert.ok(Math.abs(cutoffWavelengthPx(1) - 5.4937) < 1e-3);
    assert.ok(cutoffWavelengthPx(3) > 4 * cutoffWavelengthPx(1));
  });

  it("chooses inside the range, lowers with the displacement, and opens again slowly", () => {
    const control = new AlphaControl(16, undefined, [3, 6]);
    assert.deepEqual(control.next(0.1, 0), { alpha: 6, clamped: false });
    assert.deepEqual(control.next(0.4, 0.03), { alpha: 4, clamped: false });
    assert.equal(control.next(1, 0.03).clamped, true);
    assert.equal(control.next(0, 0.03).clamped, true);
    assert.deepEqual(control.next(0, 60), { alpha: 6, clamped: false });
  });
});

describe("micro-expression candidates", () => {
  const run = (burst: (frame: number) => number): ReturnType<MicroExpressionDetector["next"]> => {
    const detector = new MicroExpressionDetector();
    const events = [];
    for (let frame = 0; frame < 400; frame++) {
      const noise = 1 + 0.1 * Math.sin(frame * 1.7) + 0.05 * Math.cos(frame * 3.1);
      const energies = regionNames.map((name) => noise + (name === "brows" ? burst(frame) : 0));
      events.push(...detector.next(frame * 10, energies));
    }
    return events;
  };

  it("finds a short burst with onset, apex and offset in its region", () => {
    const events = run((frame) =>
      frame >= 200 && frame < 220 ? 5 * Math.sin(((frame - 200) / 20) * Math.PI) : 0,
    );
    assert.equal(events.length, 1);
    const { label, startMs, apexMs, endMs, value } = events[0]!;
    assert.equal(label, "brows");
    assert.ok(startMs >= 2000 && startMs <= 2030);
    assert.ok(Math.abs(apexMs! - 2100) <= 20);
    assert.ok(endMs >= 2170 && endMs <= 2200);
    assert.ok(value! > 8);
  });

  it("leaves out what lasts too long, what is too weak and what comes before there is a baseline", () => {
    assert.deepEqual(
      run((frame) => (frame >= 200 && frame < 300 ? 5 : 0)),
      [],
    );
    assert.deepEqual(
      run((frame) => (frame >= 200 && frame < 210 ? 0.3 : 0)),
      [],
    );
    assert.deepEqual(
      run((frame) => (frame >= 5 && frame < 15 ? 5 : 0)),
      [],
    );
  });
});

describe("pulse", () => {
  const clip = (beatsPerMinute: number, seconds: number): Float32Array =>
    Float32Array.from({ length: seconds * 30 }, (_, t) => {
      const noise = Math.sin(t * 12.9898) * 43758.5453;
      return (
        120 +
        0.02 * t +
        0.2 * Math.sin((2 * Math.PI * beatsPerMinute * t) / 1800) +
        0.3 * (noise - Math.floor(noise))
      );
    });

  for (const rate of [52, 61, 88, 110]) {
    it(`reads ${rate} beats a minute within one`, () => {
      const reading = readPulse(clip(rate, 20), 30, [0.8, 2]);
      assert.ok(
        reading !== undefined && Math.abs(reading.beatsPerMinute - rate) < 1,
        JSON.stringify(reading),
      );
      assert.ok(reading.clarity > 0.4);
    });
  }

  it("reads nothing from a recording that is too short or does not vary", () => {
    assert.equal(readPulse(clip(60, 4), 30, [0.8, 2]), undefined);
    assert.equal(readPulse(new Float32Array(600).fill(100), 30, [0.8, 2]), undefined);
  });
});

describe("ideal band-pass over a stream", () => {
  const series = (t: number): number =>
    40 + Math.sin((2 * Math.PI * t) / 30) + 0.5 * Math.sin((2 * Math.PI * 5 * t) / 30);
  /** The pass band of `count` frames, filtered in blocks; at frame `cutAt` another, brighter scene begins. */
  async function filtered(count: number, block: number, { cutAt = count, advanceEach = count } = {}) {
    const stream = new IdealStream([0.5, 1.5], 30, block);
    const bands = [];
    for (let t = 0; t < count; t++) {
      if (t === cutAt) bands.push(...(await stream.finish()));
      bands.push(...(await stream.push(Float32Array.of(series(t) + (t >= cutAt ? 100 : 0)))));
      if (t % advanceEach === advanceEach - 1) bands.push(...(await stream.advance()));
    }
    return [...bands, ...(await stream.finish())].map(([value]) => value!);
  }

  it("answers every frame once, and blocks join without a seam", async () => {
    const whole = await filtered(700, 1024);
    const blocks = await filtered(700, 256);
    const shorter = await filtered(700, 256, { advanceEach: 150 });
    assert.deepEqual([whole.length, blocks.length, shorter.length], [700, 700, 700]);
    for (let t = 100; t < 600; t++) {
      const expected = Math.sin((2 * Math.PI * t) / 30);
      assert.ok(Math.abs(whole[t]! - expected) < 0.05, `frame ${t}`);
      assert.ok(Math.abs(blocks[t]! - expected) < 0.2, `frame ${t}`);
      assert.ok(Math.abs(shorter[t]! - expected) < 0.2, `frame ${t}`);
    }
  });

  it("lets others have their turn while it filters a block", async () => {
    const stream = new IdealStream([0.5, 1.5], 30);
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    for (let t = 0; t < 512; t++) await stream.push(new Float32Array(2048).fill(series(t)));
    clearInterval(count);
    assert.ok(turns > 10, `${turns} turns`);
  });

  it("does not carry a scene cut into either side", async () => {
    const values = await filtered(600, 256, { cutAt: 300 });
    assert.equal(values.length, 600);
    assert.ok(Math.max(...values.map(Math.abs)) < 2);
  });
});

describe("compound emotions", () => {
  it("ranks the pair that holds the probability first", () => {
    const [best, second] = compoundScores({
      neutral: 0.05,
      happy: 0.4,
      sad: 0.02,
      angry: 0.01,
      surprise: 0.45,
      fear: 0.05,
      disgust: 0.02,
    });
    assert.deepEqual(best, { emotion: "happily_surprised", score: 0.8 });
    assert.ok(second!.score < 0.2);
  });
});
