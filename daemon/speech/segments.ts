/** Sound of a segment can be trusted for an emotion when these hold; see ARCHITECTURE.md, sound. */
const segmentRules = Object.freeze({
  /** Less voice than this in a segment is none (the least utterance that Silero's own tools keep). */
  minVoiceMs: 250,
  /** Less than this says too little about an emotion. */
  trustedVoiceMs: 500,
  /** Quieter voice is lost in the noise of a converter. */
  quietestDb: -60,
  /** A larger share of samples at full scale is distorted sound. */
  maxClipped: 0.01,
});

/** Samples at or over this are taken for clipped. */
const fullScale = 0.995;
/** What digital silence counts as, dB of full scale. */
const silenceDb = -120;

export interface SoundLevel {
  /** Root mean square, dB of full scale, at least -120. */
  readonly levelDb: number;
  /** Share of samples at full scale. */
  readonly clipped: number;
}

/** Level, peak and clipping of a piece of sound, -1..1. */
export function soundLevel(samples: Float32Array): SoundLevel {
  let [power, clipped] = [0, 0];
  for (const sample of samples) {
    power += sample * sample;
    if (Math.abs(sample) >= fullScale) clipped++;
  }
  const n = Math.max(1, samples.length);
  return { levelDb: Math.max(silenceDb, 10 * Math.log10(power / n + 1e-30)), clipped: clipped / n };
}

/** Whether a segment holds voice, and voice that can be trusted. */
export function segmentState(
  voicedMs: number,
  { levelDb, clipped }: SoundLevel,
): "ok" | "no_speech" | "low_quality" {
  const { minVoiceMs, trustedVoiceMs, quietestDb, maxClipped } = segmentRules;
  if (voicedMs < minVoiceMs) return "no_speech";
  return voicedMs < trustedVoiceMs || levelDb < quietestDb || clipped > maxClipped ? "low_quality" : "ok";
}

/** The last samples of a sound, up to a fixed number. */
export class LastSamples {
  readonly #kept: Float32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#kept = new Float32Array(capacity);
  }

  push(samples: Float32Array): void {
    const kept = this.#kept;
    const news = samples.subarray(Math.max(0, samples.length - kept.length));
    const old = Math.min(this.#length, kept.length - news.length);
    kept.copyWithin(0, this.#length - old, this.#length);
    kept.set(news, old);
    this.#length = old + news.length;
  }

  /** Valid until the next push. */
  get samples(): Float32Array {
    return this.#kept.subarray(0, this.#length);
  }
}
