/** Resonances of the vocal tract for five vowels, Hz (Peterson and Barney 1952, means of women). */
const vowels = {
  a: [850, 1220, 2810],
  e: [610, 2330, 2990],
  i: [310, 2790, 3310],
  o: [590, 920, 2710],
  u: [370, 950, 2670],
} as const;
const bandwidthsHz = [90, 110, 170];

/** What is "said": vowels, and pauses between the phrases. */
const phrases = ["aeiou", "oaie", "uoaei", "iaou", "eaoi"] as const;
const vowelS = 0.24;
const pauseS = 0.5;

/**
 * A synthetic voice, not speech: a glottal pulse train through the resonances of gliding vowels, with a falling melody
 * in each phrase and pauses between. It is there so that a sample clip has something voiced to listen to.
 * @returns mono samples in -1..1, the same for the same arguments.
 */
export function synthesizeVoice(durationS: number, sampleRateHz: number): Float32Array {
  const samples = new Float32Array(Math.round(durationS * sampleRateHz));
  const resonators = bandwidthsHz.map((bandwidthHz) => new Resonator(bandwidthHz, sampleRateHz));
  let phase = 0;
  for (let n = 0; n < samples.length; n++) {
    const moment = voiceAt(n / sampleRateHz);
    phase += moment.pitchHz / sampleRateHz;
    if (phase >= 1) phase -= 1;
    // Rosenberg's pulse: opens slowly, closes fast, stays closed.
    const flow =
      phase < 0.4
        ? 0.5 * (1 - Math.cos((Math.PI * phase) / 0.4))
        : phase < 0.56
          ? Math.cos(((phase - 0.4) / 0.16) * (Math.PI / 2))
          : 0;
    let sound = (flow - 0.35) * moment.level;
    resonators.forEach((resonator, i) => (sound = resonator.filter(sound, moment.formantsHz[i]!)));
    samples[n] = sound;
  }
  const peak = samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 1e-9);
  return samples.map((sample) => (0.5 * sample) / peak);
}

/** Pitch, loudness and resonances at a time. */
function voiceAt(timeS: number): { pitchHz: number; level: number; formantsHz: number[] } {
  let startS = 0;
  for (let k = 0; ; k++) {
    const phrase = phrases[k % phrases.length]!;
    const lengthS = phrase.length * vowelS;
    if (timeS >= startS + lengthS + pauseS) {
      startS += lengthS + pauseS;
      continue;
    }
    const inS = timeS - startS;
    const at = Math.min(inS / vowelS, phrase.length - 1e-6);
    const [from, to] = [Math.floor(at), Math.min(Math.floor(at) + 1, phrase.length - 1)];
    // The last third of a vowel glides into the next.
    const glide = Math.max(0, (at - from - 2 / 3) * 3);
    const [now, next] = [
      vowels[phrase[from] as keyof typeof vowels],
      vowels[phrase[to] as keyof typeof vowels],
    ];
    const fade = Math.min(1, inS / 0.03, Math.max(0, (lengthS - inS) / 0.08));
    return {
      pitchHz: 230 - 60 * (inS / lengthS) + 12 * Math.sin(2 * Math.PI * 2.1 * inS) + 10 * (k % 3),
      level: fade * (0.75 + 0.25 * Math.cos(2 * Math.PI * at)),
      formantsHz: now.map((hz, i) => hz + glide * (next[i]! - hz)),
    };
  }
}

/** A two-pole resonance with gain 1 at 0 Hz (Klatt 1980). */
class Resonator {
  readonly #decay: number;
  readonly #sampleRateHz: number;
  #y1 = 0;
  #y2 = 0;

  constructor(bandwidthHz: number, sampleRateHz: number) {
    this.#decay = Math.exp((-Math.PI * bandwidthHz) / sampleRateHz);
    this.#sampleRateHz = sampleRateHz;
  }

  filter(x: number, centreHz: number): number {
    const c = -this.#decay * this.#decay;
    const b = 2 * this.#decay * Math.cos((2 * Math.PI * centreHz) / this.#sampleRateHz);
    const y = (1 - b - c) * x + b * this.#y1 + c * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = y;
    return y;
  }
}
