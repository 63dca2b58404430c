import assert from "node:assert/strict";
import { changeSound, playedFaster, stretch } from "../../../daemon/training/changeSound.ts";

const rateHz = 16_000;
const tone = (hz: number, seconds = 1) =>
  Float32Array.from({ length: seconds * rateHz }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rateHz));

/** By how often it crosses zero upwards, away from the ends. */
function pitchOf(sound: Float32Array): number {
  const middle = sound.subarray(sound.length / 4, (3 * sound.length) / 4);
  let crossings = 0;
  for (let i = 1; i < middle.length; i++) if (middle[i - 1]! < 0 && middle[i]! >= 0) crossings++;
  return (crossings * rateHz) / middle.length;
}

describe("changed copies of sounds", () => {
  it("played faster they are shorter and higher", () => {
    for (const factor of [0.8, 1.25]) {
      const out = playedFaster(tone(200), factor);
      assert.equal(out.length, Math.round(rateHz / factor));
      assert.ok(Math.abs(pitchOf(out) - 200 * factor) < 5, `${pitchOf(out)}`);
    }
  });

  it("stretched they are longer at the same pitch and level", () => {
    for (const factor of [0.8, 1.25]) {
      const out = stretch(tone(200), factor);
      assert.equal(out.length, Math.round(rateHz * factor));
      assert.ok(Math.abs(pitchOf(out) - 200) < 5, `${pitchOf(out)}`);
      const level = Math.sqrt(out.reduce((sum, value) => sum + value * value, 0) / out.length);
      assert.ok(Math.abs(level - Math.SQRT1_2) < 0.05, `${level}`);
    }
  });

  it("keep their length when only the pitch changes, are the same for one name and number, and differ by number", () => {
    const sound = tone(200);
    const changes = { noise: 0, pitch: 4, speed: 0 };
    const first = changeSound(sound, changes, "a.wav", 0);
    assert.ok(Math.abs(first.length - sound.length) <= 1);
    const ratio = pitchOf(first) / 200;
    assert.ok(
      ratio > 2 ** (-4 / 12) - 0.03 && ratio < 2 ** (4 / 12) + 0.03 && Math.abs(ratio - 1) > 0.01,
      `${ratio}`,
    );
    assert.deepEqual(changeSound(sound, changes, "a.wav", 0), first);
    assert.notDeepEqual(changeSound(sound, changes, "a.wav", 1), first);
    assert.notDeepEqual(changeSound(sound, changes, "b.wav", 0), first);
  });

  it("add noise of the share of the peak that was asked for", () => {
    const sound = tone(200);
    const out = changeSound(sound, { noise: 0.1, pitch: 0, speed: 0 }, "a.wav", 0);
    const deviation = Math.sqrt(
      out.reduce((sum, value, i) => sum + (value - sound[i]!) ** 2, 0) / out.length,
    );
    assert.ok(Math.abs(deviation - 0.1) < 0.01, `${deviation}`);
  });
});
