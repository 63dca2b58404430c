import { AppError } from "../../shared/errors.ts";
import type { Magnification, Preset } from "../../shared/protocol/magnification.ts";

/**
 * Amplification that is chosen when none is asked for: the thesis's [3, 6]. The pulse needs more, because the skin's
 * change of colour is a fraction of a grey level.
 */
export const alphaRange: Record<Preset, readonly [number, number]> = {
  thesis: [3, 6],
  micro: [3, 6],
  pulse: [20, 50],
};

/** Shortest and longest micro-expression, seconds. */
const microSeconds = [0.04, 0.5] as const;

/** A frame rate must reach this many times the upper edge to carry the band. */
const carryFactor = 2.5;

/**
 * The pass band of a preset at a frame rate. An event of duration T is half a period of 1 / (2 T) Hz, so
 * micro-expressions lie in 1 to 12.5 Hz; the upper edge follows the frame rate down to the one that the slower half of
 * them needs, 5 Hz (0.1 s).
 *
 * @returns lower and upper edge in Hz
 * @throws AppError `frame_rate_too_low` when the frame rate cannot carry the band, `invalid_config` when the edges are
 * not in order
 */
export function chooseBand(
  request: Pick<Magnification, "preset" | "bandHz">,
  frameRate: number,
): readonly [number, number] {
  const band = request.bandHz ?? presetBand(request.preset, frameRate);
  const [low, high] = band;
  if (low >= high) {
    throw new AppError(
      "invalid_config",
      `The band ${low} to ${high} Hz is empty. Give the lower edge first, as in --band 0.5,1.5.`,
    );
  }
  if (frameRate < carryFactor * high) {
    throw new AppError(
      "frame_rate_too_low",
      `${round(frameRate)} frames a second cannot carry a band up to ${round(high)} Hz: at least ` +
        `${round(carryFactor * high)} are needed. Record at a higher frame rate, or ask for a lower band with --band.`,
    );
  }
  return band;
}

function presetBand(preset: Preset, frameRate: number): readonly [number, number] {
  if (preset === "thesis") return [0.5, 1.5];
  if (preset === "pulse") return [0.8, 2];
  const [shortest, longest] = microSeconds;
  const slowest = 1 / (2 * longest);
  const fastest = 1 / (2 * shortest);
  return [slowest, Math.max(5, Math.min(fastest, frameRate / carryFactor))];
}

const round = (value: number): number => Math.round(value * 100) / 100;
