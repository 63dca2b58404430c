import assert from "node:assert/strict";
import { Readable } from "node:stream";
import type { Models } from "../../../daemon/inference/models.ts";
import type { AudioChunk } from "../../../daemon/media/frame.ts";
import { synthesizeVoice } from "../../../daemon/sample/sampleVoice.ts";
import { loadNetworks, type SpeechNetworks } from "../../../daemon/pipelines/networks.ts";
import { speech, type SpeechStep } from "../../../daemon/pipelines/speech.ts";
import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { melStripFormat } from "../../../shared/protocol/mel.ts";
import { openProductModels } from "../../support/productModels.ts";

const sampleRateHz = 16_000;

function chunks(sound: Float32Array, size: number): AsyncIterable<AudioChunk> {
  return Readable.from(
    Array.from({ length: Math.ceil(sound.length / size) }, (_, i) => {
      const samples = sound.slice(i * size, (i + 1) * size);
      return { timeMs: (1000 * i * size) / sampleRateHz, sampleRateHz, samples };
    }),
  );
}

describe("speech pipeline", () => {
  let models: Models;
  let networks: SpeechNetworks;
  before(async () => {
    models = await openProductModels();
    networks = await loadNetworks(models, { needs: pipelines.multimodal.hears });
  });
  after(async () => models[Symbol.asyncDispose]());

  async function hear(sound: Float32Array, chunkSamples = 8192): Promise<SpeechStep[]> {
    const steps: SpeechStep[] = [];
    const timeless = { time: <T>(_: string, work: () => Promise<T>) => work() };
    for await (const step of speech(networks, timeless)(chunks(sound, chunkSamples))) steps.push(step);
    return steps;
  }
  /** Two seconds of silence, four of a synthetic voice, 3.3 of silence. */
  function voiceBetweenSilence(): Float32Array {
    const sound = new Float32Array(9.3 * sampleRateHz);
    sound.set(synthesizeVoice(4, sampleRateHz), 2 * sampleRateHz);
    return sound;
  }

  it("tells voice from silence and reads an emotion only where there is voice", async () => {
    const steps = await hear(voiceBetweenSilence());
    const lines = steps.flatMap(({ line }) => line ?? []);
    assert.deepEqual(
      lines.map(({ startMs, endMs }) => [startMs, endMs]),
      [
        ...[1000, 1500, 2000, 2500].map((endMs) => [0, endMs]),
        ...Array.from({ length: 13 }, (_, i) => [500 + 500 * i, 3000 + 500 * i]),
        [6800, 9300], // what is left is more than half a step
      ],
    );
    for (const { startMs, endMs, state, probabilities, levelDb } of lines) {
      const voicedMs = Math.min(endMs, 6000) - Math.max(startMs, 2000);
      if (voicedMs <= 0) assert.equal(state, "no_speech", `${startMs}`);
      if (voicedMs >= 1500) assert.equal(state, "ok", `${startMs}`);
      assert.equal(probabilities === undefined, state === "no_speech");
      assert.ok(levelDb >= -120 && levelDb < 0);
      if (probabilities) assert.ok(Math.abs(Object.values(probabilities).reduce((a, b) => a + b) - 1) < 1e-3);
    }
  });

  it("gives the same steps for sound in pieces of any size", async () => {
    const sound = voiceBetweenSilence();
    const whole = await hear(sound);
    for (const size of [160, 16_001]) {
      const pieces = await hear(sound, size);
      assert.equal(pieces.length, whole.length);
      pieces.forEach(({ line, windows, mel, ...times }, i) => {
        const expected = whole[i]!;
        assert.deepEqual(times, { startMs: expected.startMs, endMs: expected.endMs });
        assert.deepEqual(line, expected.line);
        assert.deepEqual(mel, expected.mel);
        windows.forEach(({ probability, ...window }, k) => {
          const { probability: other, ...same } = expected.windows[k]!;
          assert.ok(Math.abs(probability - other) < 1e-4);
          assert.deepEqual(window, same);
        });
      });
    }
  });

  it("draws a tone in its own band of the spectrogram, and silence as nothing", async () => {
    const sound = new Float32Array(2 * sampleRateHz).map((_, i) =>
      i < sampleRateHz ? 0.5 * Math.sin((2 * Math.PI * 1000 * i) / sampleRateHz) : 0,
    );
    const steps = await hear(sound);
    const { bands, columnMs } = melStripFormat;
    assert.deepEqual(
      steps.map(({ mel }) => mel.startMs),
      [0, 480, 960, 1480],
    );
    const bytes = steps.flatMap(({ mel }) => Array.from(mel.bytes));
    const column = (timeMs: number) => {
      const at = Math.floor(timeMs / columnMs) * bands;
      return bytes.slice(at, at + bands);
    };
    const tone = column(500);
    // 1000 Hz is 1000 mel; 50 to 8000 Hz are 78 to 2840 mel, cut into 49 steps.
    assert.equal(tone.indexOf(Math.max(...tone)), Math.round((1000 - 78) / ((2840 - 78) / 49)) - 1);
    assert.ok(Math.max(...column(1500)) === 0);
    assert.equal(bytes.length / bands, Math.floor((2000 - 12.5) / columnMs));
  });
});
