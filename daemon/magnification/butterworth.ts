/**
 * A second-order section in transposed direct form II:
 * `y = b0 x + z1`, `z1 = b1 x - a1 y + z2`, `z2 = b2 x - a2 y` (a0 = 1).
 */
export interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

const multiply = (p: Complex, q: Complex): Complex => ({
  re: p.re * q.re - p.im * q.im,
  im: p.re * q.im + p.im * q.re,
});
const divide = (p: Complex, q: Complex): Complex => {
  const n = q.re * q.re + q.im * q.im;
  return { re: (p.re * q.re + p.im * q.im) / n, im: (p.im * q.re - p.re * q.im) / n };
};
const squareRoot = (p: Complex): Complex => {
  const r = Math.hypot(p.re, p.im);
  const re = Math.sqrt((r + p.re) / 2);
  return { re, im: Math.sign(p.im || 1) * Math.sqrt((r - p.re) / 2) };
};

/**
 * Butterworth band-pass of `order` (2 * order poles) by the bilinear transform with pre-warped edges, as
 * `scipy.signal.butter(order, [low, high], "bandpass")` designs it; unit gain at the geometric centre of the band.
 *
 * @param lowHz lower -3 dB edge, above 0
 * @param highHz upper -3 dB edge, below half the frame rate
 * @returns `order` sections whose cascade is the filter
 * @throws RangeError when the edges do not fit the frame rate; callers check with {@link checkBand} first
 */
export function designBandPass(
  order: number,
  lowHz: number,
  highHz: number,
  frameRate: number,
): readonly Section[] {
  if (!(lowHz > 0 && lowHz < highHz && highHz < frameRate / 2)) {
    throw new RangeError(`band ${lowHz}..${highHz} Hz does not fit ${frameRate} frames a second`);
  }
  // Edges in the analogue prototype's plane, for a sample interval of 2.
  const low = Math.tan((Math.PI * lowHz) / frameRate);
  const high = Math.tan((Math.PI * highHz) / frameRate);
  const width = high - low;
  const centreSquared = low * high;
  const one: Complex = { re: 1, im: 0 };
  const poles: Complex[] = [];
  for (let k = 0; k < order; k++) {
    const angle = (Math.PI * (2 * k + 1 + order)) / (2 * order);
    const prototype = { re: Math.cos(angle), im: Math.sin(angle) };
    // Low-pass to band-pass: s^2 - p w s + w0^2 = 0.
    const half = { re: (prototype.re * width) / 2, im: (prototype.im * width) / 2 };
    const square = multiply(half, half);
    const root = squareRoot({ re: square.re - centreSquared, im: square.im });
    for (const sign of [1, -1]) {
      const s = { re: half.re + sign * root.re, im: half.im + sign * root.im };
      poles.push(divide({ re: 1 + s.re, im: s.im }, { re: 1 - s.re, im: -s.im }));
    }
  }
  // Each section takes a conjugate pair of poles and a pair of zeros at +1 and -1.
  const upper = poles.filter((p) => p.im > 1e-12);
  const real = poles.filter((p) => Math.abs(p.im) <= 1e-12).map((p) => p.re);
  const denominators = upper.map((p) => ({ a1: -2 * p.re, a2: p.re * p.re + p.im * p.im }));
  for (let k = 0; k + 1 < real.length; k += 2) {
    denominators.push({ a1: -(real[k]! + real[k + 1]!), a2: real[k]! * real[k + 1]! });
  }
  // Unit gain at the centre, shared evenly by the sections.
  const centre = 2 * Math.atan(Math.sqrt(centreSquared));
  const z1: Complex = { re: Math.cos(centre), im: -Math.sin(centre) };
  const z2 = multiply(z1, z1);
  return denominators.map(({ a1, a2 }) => {
    const numerator = { re: one.re - z2.re, im: -z2.im };
    const denominator = { re: 1 + a1 * z1.re + a2 * z2.re, im: a1 * z1.im + a2 * z2.im };
    const response = divide(numerator, denominator);
    const gain = 1 / Math.hypot(response.re, response.im);
    return { b0: gain, b1: 0, b2: -gain, a1, a2 };
  });
}

/** Gain of a cascade of sections at `frequencyHz`. */
export function gainAt(sections: readonly Section[], frequencyHz: number, frameRate: number): number {
  const omega = (2 * Math.PI * frequencyHz) / frameRate;
  const z1: Complex = { re: Math.cos(omega), im: -Math.sin(omega) };
  const z2 = multiply(z1, z1);
  let gain = 1;
  for (const { b0, b1, b2, a1, a2 } of sections) {
    const top = Math.hypot(b0 + b1 * z1.re + b2 * z2.re, b1 * z1.im + b2 * z2.im);
    gain *= top / Math.hypot(1 + a1 * z1.re + a2 * z2.re, a1 * z1.im + a2 * z2.im);
  }
  return gain;
}
