import { IdealBlock } from "./idealBand.ts";

export interface PulseReading {
  readonly beatsPerMinute: number;
  /** Power at the rate and its first harmonic against all power in the band: 0 is noise, 1 a pure tone. */
  readonly clarity: number;
}

/** Shortest recording from which a rate is read, seconds. */
const minSeconds = 6;

/**
 * Reads the pulse from the mean colour of the skin over time (remote photoplethysmography on the green channel;
 * Verkruysse et al. 2008): the strongest frequency inside the band, refined by parabolic interpolation.
 *
 * @param green mean green of the face, one a frame
 * @returns undefined when the recording is too short or does not vary
 */
export function readPulse(
  green: Float32Array,
  frameRate: number,
  bandHz: readonly [number, number],
): PulseReading | undefined {
  if (green.length < minSeconds * frameRate) return undefined;
  const series = Float32Array.from(green);
  new IdealBlock(series.length, bandHz, frameRate).filterPair(series, new Float32Array(series.length));
  const stepHz = 0.01;
  const powers: number[] = [];
  for (let hz = bandHz[0]; hz <= bandHz[1] + 1e-9; hz += stepHz) powers.push(powerAt(series, hz / frameRate));
  const total = powers.reduce((a, b) => a + b, 0);
  if (!(total > 1e-12)) return undefined;
  const peak = powers.indexOf(Math.max(...powers));
  const [before, at, after] = [powers[peak - 1] ?? 0, powers[peak]!, powers[peak + 1] ?? 0];
  const curve = before - 2 * at + after;
  const shift = curve < 0 && peak > 0 && peak < powers.length - 1 ? (0.5 * (before - after)) / curve : 0;
  const hz = bandHz[0] + (peak + shift) * stepHz;
  const widthHz = 2 * (frameRate / series.length);
  const near = powers.filter((_, k) => Math.abs(bandHz[0] + k * stepHz - hz) <= widthHz);
  return { beatsPerMinute: 60 * hz, clarity: near.reduce((a, b) => a + b, 0) / total };
}

/** Power of a Hann-windowed series at `cycles` a sample. */
function powerAt(series: Float32Array, cycles: number): number {
  const n = series.length;
  let re = 0;
  let im = 0;
  for (let t = 0; t < n; t++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (t + 0.5)) / n);
    re += window * series[t]! * Math.cos(2 * Math.PI * cycles * t);
    im += window * series[t]! * Math.sin(2 * Math.PI * cycles * t);
  }
  return re * re + im * im;
}
