import { AppError, isAppError } from "../../shared/errors.ts";
import type { Magnification } from "../../shared/protocol/magnification.ts";
import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import type { Frame } from "../media/frame.ts";
import { AmplitudeMagnifier, type Magnified, type MagnifierSettings } from "../magnification/magnifier.ts";
import {
  MicroExpressionDetector,
  regionBoxes,
  regionEnergy,
  regionNames,
  type RegionBoxes,
} from "../magnification/microExpression.ts";
import { MotionMagnifier } from "../magnification/motionMagnifier.ts";
import { alphaRange, chooseBand } from "../magnification/presets.ts";
import { cutFace, Stabiliser, type CropPose } from "../magnification/stabilise.ts";
import type { Crop } from "../vision/crop.ts";
import type { Landmarks } from "../vision/faceSquare.ts";

/** Width and height of the magnified crop. */
const cropSize = 256;

/** A lost face's state is kept this long; one that stays away longer starts anew. */
export const keepMs = 1000;

/** The filter is designed again when the frame rate has moved by this fraction for {@link steadyFrames} frames. */
const rateChange = 0.15;
const steadyFrames = 12;

/** One face of one frame, cut out so that the head stands still. */
export interface StillFace {
  /** The stabilised crop. */
  readonly original: Frame;
  /** The face square in the crop's pixels. */
  readonly square: Crop;
  readonly regions: RegionBoxes;
  /** What came before it does not belong to it: a scene cut, a long absence. */
  readonly fresh: boolean;
  /** The frame rate from here on, where it has changed for good. */
  readonly frameRate: number | undefined;
}

/** One face of one frame, magnified. */
export interface MagnifiedFace extends Pick<StillFace, "original" | "square"> {
  readonly magnified: Magnified;
  readonly events: readonly AnalysisEvent[];
}

/** Levels of spatial pooling that leave about `target` pixels across: details of a face, or the whole of it. */
export const levelsFor = (preset: Magnification["preset"], size: number): number => {
  const target = preset === "pulse" ? 16 : 64;
  return Math.max(1, Math.min(7, Math.round(Math.log2(size / target))));
};

/**
 * The pass band at a frame rate, or undefined where that rate cannot carry it and the clip as a whole was accepted before.
 * @throws AppError `invalid_config` when the edges are not in order
 */
export function bandAt(request: Magnification, frameRate: number): readonly [number, number] | undefined {
  try {
    return chooseBand(request, frameRate);
  } catch (error) {
    if (isAppError(error, "frame_rate_too_low")) return undefined;
    throw error;
  }
}

const noIdealMotion = (): AppError =>
  new AppError(
    "invalid_config",
    "The ideal filter magnifies amplitude. Leave out --filter ideal or --mode motion.",
  );

/** Makes a magnifier for pictures of a size at a frame rate. @throws AppError `frame_rate_too_low`, `invalid_config` */
function createMagnifier(
  request: Magnification,
  width: number,
  height: number,
  frameRate: number,
): AmplitudeMagnifier | MotionMagnifier {
  if (request.mode === "motion" && request.filter === "ideal") throw noIdealMotion();
  const levels = request.levels ?? levelsFor(request.preset, Math.min(width, height));
  const settings: MagnifierSettings = {
    width,
    height,
    frameRate,
    bandHz: chooseBand(request, frameRate),
    levels: request.mode === "motion" ? Math.max(levels, 3) : levels,
    alpha: request.alpha,
    alphaRange: alphaRange[request.preset],
  };
  return request.mode === "motion" ? new MotionMagnifier(settings) : new AmplitudeMagnifier(settings);
}

/**
 * Magnifies one followed face: cuts a stabilised crop, magnifies it, and watches its regions for micro-expressions. A
 * scene cut, a long absence and a change of the frame rate start it anew.
 */
export class FaceMagnifier {
  readonly #request: Magnification;
  readonly #stabiliser = new Stabiliser();
  readonly #micro = new MicroExpressionDetector();
  readonly #rateWatch: FrameRateWatch;
  #magnifier: AmplitudeMagnifier | MotionMagnifier;
  #regions: RegionBoxes | undefined;
  #fresh = false;
  #lastMs: number | undefined;

  constructor(request: Magnification, frameRate: number) {
    this.#request = request;
    this.#rateWatch = new FrameRateWatch(frameRate);
    this.#magnifier = createMagnifier(request, cropSize, cropSize, frameRate);
  }

  /** The next face does not belong to the ones before. */
  reset(): void {
    this.#stabiliser.reset();
    this.#regions = undefined;
    this.#fresh = true;
  }

  /** @param square of the face, picture pixels */
  step(frame: Frame, landmarks: Landmarks, square: Crop): MagnifiedFace {
    return this.magnify(this.hold(frame, landmarks, square));
  }

  /** Cuts the face out. Its result may be kept. */
  hold(frame: Frame, landmarks: Landmarks, square: Crop): StillFace {
    let frameRate: number | undefined;
    if (this.#lastMs !== undefined) {
      const elapsedMs = frame.timeMs - this.#lastMs;
      if (elapsedMs > keepMs) this.reset();
      else frameRate = this.#rateWatch.next(elapsedMs);
    }
    this.#lastMs = frame.timeMs;
    const pose = this.#stabiliser.follow(landmarks, square);
    this.#regions ??= regionBoxes(toFractions(landmarks, pose));
    const fresh = this.#fresh;
    this.#fresh = false;
    const original = cutFace(frame, pose, cropSize);
    return { original, square: squareInCrop(square, pose), regions: this.#regions, fresh, frameRate };
  }

  /** The three pooled planes of a face: what a filter that looks ahead works on. */
  pool({ original }: StillFace): Float32Array {
    if (this.#magnifier instanceof MotionMagnifier) throw noIdealMotion();
    const pooled = new Float32Array(this.#magnifier.pooledLength);
    this.#magnifier.pool(original, pooled);
    return pooled;
  }

  /**
   * @param still of this magnifier, each once and in order
   * @param band its pass band from a filter that looks ahead; absent: the streaming filter's
   */
  magnify(still: StillFace, band?: Float32Array): MagnifiedFace {
    const { original, square, regions, fresh, frameRate } = still;
    if (fresh) {
      this.#magnifier.reset();
      this.#micro.reset();
    }
    if (frameRate !== undefined && band === undefined) this.#followFrameRate(frameRate);
    const magnified = this.#magnifier.step(original, band);
    const energies = regionNames.map((name) => regionEnergy(this.#magnifier.band, regions[name]));
    return { original, square, magnified, events: this.#micro.next(original.timeMs, energies) };
  }

  #followFrameRate(frameRate: number): void {
    if (bandAt(this.#request, frameRate) === undefined) this.#magnifier.reset();
    else this.#magnifier = createMagnifier(this.#request, cropSize, cropSize, frameRate);
  }
}

/** Tells when the frame rate has changed for good. */
class FrameRateWatch {
  #frameRate: number;
  readonly #recent: number[] = [];

  constructor(frameRate: number) {
    this.#frameRate = frameRate;
  }

  /** @returns the new frame rate, once, when the last frames agree on another one */
  next(elapsedMs: number): number | undefined {
    if (elapsedMs <= 0) return undefined;
    this.#recent.push(1000 / elapsedMs);
    if (this.#recent.length > steadyFrames) this.#recent.shift();
    if (this.#recent.length < steadyFrames) return undefined;
    const off = (rate: number): number => rate / this.#frameRate - 1;
    const changed =
      this.#recent.every((rate) => off(rate) > rateChange) ||
      this.#recent.every((rate) => off(rate) < -rateChange);
    if (!changed) return undefined;
    this.#frameRate = this.#recent.toSorted((a, b) => a - b)[steadyFrames >> 1]!;
    this.#recent.length = 0;
    return this.#frameRate;
  }
}

/** Picture pixels -> the crop's continuous coordinates, 0..1. */
function intoCrop({ cx, cy, sidePx, rollRad }: CropPose, x: number, y: number): readonly [number, number] {
  const cos = Math.cos(rollRad) / sidePx;
  const sin = Math.sin(rollRad) / sidePx;
  return [0.5 + cos * (x - cx) + sin * (y - cy), 0.5 - sin * (x - cx) + cos * (y - cy)];
}

function toFractions(landmarks: Landmarks, pose: CropPose): number[] {
  const fractions: number[] = [];
  for (let k = 0; k < landmarks.length; k += 2) {
    fractions.push(...intoCrop(pose, landmarks[k]!, landmarks[k + 1]!));
  }
  return fractions;
}

function squareInCrop(square: Crop, pose: CropPose): Crop {
  const [u, v] = intoCrop(pose, square.cx, square.cy);
  return {
    cx: u * cropSize,
    cy: v * cropSize,
    side: (square.side / pose.sidePx) * cropSize,
    roll: square.roll - pose.rollRad,
  };
}
