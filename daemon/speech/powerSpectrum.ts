import FFT from "fft.js";

/** Values of bands (or bins, or coefficients) over time: `data[band * frames + frame]`. */
export interface Spectrogram {
  readonly bands: number;
  readonly frames: number;
  readonly data: Float32Array;
}

/** How sound is cut into frames. */
export interface FrameSettings {
  readonly windowSamples: number;
  readonly hopSamples: number;
  /** A power of two, at least `windowSamples`. */
  readonly fftSize: number;
}

/** Frames of a sound: one a hop, the first centred on the first sample. */
export function frameCount(samples: number, { hopSamples }: FrameSettings): number {
  return 1 + Math.floor(samples / hopSamples);
}

/**
 * Power spectrum of each frame, given to `take` in turn: `fftSize / 2 + 1` bins, valid during the call only. Frames are
 * centred (the sound is as if padded with zeros), the window is a periodic Hamming window in the middle of the frame.
 */
export function eachPowerFrame(
  sound: Float32Array,
  settings: FrameSettings,
  take: (power: Float64Array, frame: number) => void,
): void {
  const { windowSamples, hopSamples, fftSize } = settings;
  const window = hamming(windowSamples);
  const first = ((fftSize - windowSamples) >> 1) - (fftSize >> 1);
  const fourier = new FFT(fftSize);
  const samples = new Float64Array(fftSize);
  /** Real and imaginary part of each bin in turn. */
  const bins = new Float64Array(2 * fftSize);
  const power = new Float64Array(fftSize / 2 + 1);
  const frames = frameCount(sound.length, settings);
  for (let frame = 0; frame < frames; frame++) {
    samples.fill(0);
    const start = frame * hopSamples + first;
    for (let i = Math.max(0, -start); i < windowSamples && start + i < sound.length; i++)
      samples[i] = window[i]! * sound[start + i]!;
    fourier.realTransform(bins, samples);
    for (let k = 0; k < power.length; k++) power[k] = bins[2 * k]! ** 2 + bins[2 * k + 1]! ** 2;
    take(power, frame);
  }
}

function hamming(length: number): Float64Array {
  return new Float64Array(length).map((_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / length));
}
