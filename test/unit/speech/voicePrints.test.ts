import assert from "node:assert/strict";
import type { VoiceWindow } from "../../../daemon/speech/activity.ts";
import type { SpeakerReader } from "../../../daemon/speech/speaker.ts";
import { VoicePrints } from "../../../daemon/speech/voicePrints.ts";

const sampleRateHz = 16_000;
const windowMs = 32;

/** Hears of a sound that counts its milliseconds up when the piece begins and ends. */
const reader: SpeakerReader = {
  ...{
    feature: "sound",
    sampleRateHz,
    windowSeconds: 1.6,
    hopSeconds: 0.8,
    leastSeconds: 0.5,
    voiceGains: [0.1],
  },
  read: (sound) => Promise.resolve(Float32Array.of(sound[0]!, sound.at(-1)!)),
};
type Span = readonly [fromMs: number, untilMs: number];

/** Voice in these stretches of 4 s of sound, which comes in parts. */
async function printsOf(voiced: readonly Span[], partMs = 500) {
  const wholeMs = 4000;
  const sound = Float32Array.from({ length: wholeMs * 16 }, (_, i) => i / 16);
  const prints = new VoicePrints(reader);
  let window = 0;
  for (let atMs = 0; atMs < wholeMs; atMs += partMs) {
    const windows: VoiceWindow[] = [];
    for (; (window + 1) * windowMs <= Math.min(atMs + partMs, wholeMs); window++) {
      const [startMs, endMs] = [window * windowMs, (window + 1) * windowMs];
      const speaks = voiced.some(([from, to]) => startMs >= from && endMs <= to);
      windows.push({
        startMs,
        endMs,
        probability: Number(speaks),
        voiced: speaks,
        levelDb: speaks ? -20 : -60,
      });
    }
    await prints.hear(sound.slice(atMs * 16, (atMs + partMs) * 16), windows);
  }
  await prints.finish();
  return prints.prints.map(({ embedding, ...times }) => ({
    ...times,
    heard: [...embedding].map(Math.round),
  }));
}

describe("pieces of voice", () => {
  it("are a hop apart, the last one up to the end of the voice, and hear what they say they hear", async () => {
    for (const partMs of [100, 500, 4000]) {
      const prints = await printsOf([[320, 3520]], partMs);
      assert.deepEqual(
        prints.map(({ startMs, endMs }) => [startMs, endMs]),
        [
          [320, 1920],
          [1120, 2720],
          [1920, 3520],
        ],
      );
      for (const { startMs, endMs, heard } of prints) assert.deepEqual(heard, [startMs, endMs]);
    }
  });

  it("count for all of the voice, each for the time around its middle", async () => {
    const prints = await printsOf([[320, 3520]]);
    assert.equal(prints[0]!.fromMs, 320);
    assert.equal(prints.at(-1)!.untilMs, 3520);
    for (const [i, print] of prints.slice(1).entries()) assert.equal(print.fromMs, prints[i]!.untilMs);
  });

  it("are cut in the pause between two voices", async () => {
    const prints = await printsOf([
      [0, 1600],
      [1760, 3200],
    ]);
    assert.ok(
      prints.some(({ fromMs }) => fromMs >= 1600 && fromMs <= 1760),
      JSON.stringify(prints),
    );
  });

  it("are one of a short stretch, and none of a shorter one", async () => {
    const prints = await printsOf([
      [320, 1280],
      [2240, 2560],
    ]);
    assert.deepEqual(
      prints.map(({ startMs, endMs, fromMs, untilMs }) => [startMs, endMs, fromMs, untilMs]),
      [[320, 1280, 320, 1280]],
    );
  });
});
