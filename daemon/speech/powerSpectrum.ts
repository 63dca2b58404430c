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
  const transform = createFourier(fftSize);
  const re = new Float64Array(fftSize);
  const im = new Float64Array(fftSize);
  const power = new Float64Array(fftSize / 2 + 1);
  const frames = frameCount(sound.length, settings);
  for (let frame = 0; frame < frames; frame++) {
    re.fill(0);
    im.fill(0);
    const start = frame * hopSamples + first;
    for (let i = Math.max(0, -start); i < windowSamples && start + i < sound.length; i++)
      re[i] = window[i]! * sound[start + i]!;
    transform(re, im);
    for (let k = 0; k < power.length; k++) power[k] = re[k]! * re[k]! + im[k]! * im[k]!;
    take(power, frame);
  }
}

function hamming(length: number): Float64Array {
  return new Float64Array(length).map((_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / length));
}

/**
 * In-place discrete Fourier transform of a fixed power-of-two size (Cooley and Tukey 1965, radix 2). The inner loop takes
 * nothing apart as arrays: that doubles its time.
 */
function createFourier(size: number): (re: Float64Array, im: Float64Array) => void {
  const bits = Math.log2(size);
  if (!Number.isInteger(bits)) throw new RangeError("The size of a transform is a power of two.");
  const cos = new Float64Array(size / 2).map((_, i) => Math.cos((2 * Math.PI * i) / size));
  const sin = new Float64Array(size / 2).map((_, i) => -Math.sin((2 * Math.PI * i) / size));
  const reversed = new Uint32Array(size);
  for (let i = 1; i < size; i++) reversed[i] = (reversed[i >> 1]! >> 1) | ((i & 1) << (bits - 1));

  return (re, im) => {
    for (let i = 0; i < size; i++) {
      const j = reversed[i]!;
      if (j <= i) continue;
      const swappedRe = re[i]!;
      const swappedIm = im[i]!;
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = swappedRe;
      im[j] = swappedIm;
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let block = 0; block < size; block += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = block + k;
          const b = a + half;
          const c = cos[k * stride]!;
          const s = sin[k * stride]!;
          const turnedRe = re[b]! * c - im[b]! * s;
          const turnedIm = re[b]! * s + im[b]! * c;
          re[b] = re[a]! - turnedRe;
          im[b] = im[a]! - turnedIm;
          re[a]! += turnedRe;
          im[a]! += turnedIm;
        }
      }
    }
  };
}
