import { AppError, isAppError } from "../../shared/errors.ts";
import type { Magnification } from "../../shared/protocol/magnification.ts";
import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import type { Frame } from "../media/frame.ts";
import { AmplitudeMagnifier, type Magnified, type MagnifierSettings } from "../magnification/magnifier.ts";
import {
  maxMs,
  MicroExpressionDetector,
  movingBox,
  regionBoxes,
  regionEnergy,
  regionNames,
  type RegionBoxes,
} from "../magnification/microExpression.ts";
import type { MicroMovement } from "../magnification/microEmotion.ts";
import type { CropBox } from "../magnification/microFlow.ts";
import { MotionMagnifier } from "../magnification/motionMagnifier.ts";
import { alphaRange, chooseBand } from "../magnification/presets.ts";
import { cutFace, Stabiliser, type CropPose } from "../magnification/stabilise.ts";
import type { Crop } from "../vision/crop.ts";
import type { Landmarks } from "../vision/faceSquare.ts";

/** Width and height of the magnified crop. */
const cropSize = 256;

/** A lost face's state is kept this long; one that stays away longer starts anew. */
export const keepMs = 1000;

/** A movement has begun this long before its energy is seen. */
const beforeMs = 120;

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
  /** The face from brows to chin, fractions of the crop. */
  readonly moving: CropBox;
  /** What came before it does not belong to it: a scene cut, a long absence. */
  readonly fresh: boolean;
  /** The frame rate from here on, where it has changed for good. */
  readonly frameRate: number | undefined;
}

/** One face of one frame, magnified. */
export interface MagnifiedFace extends Pick<StillFace, "original" | "square"> {
  readonly magnified: Magnified;
  readonly candidates: readonly Candidate[];
}

/** A candidate of a micro-expression, and the face at its onset and apex. */
export interface Candidate {
  readonly event: AnalysisEvent;
  readonly movement: MicroMovement | undefined;
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
  #places: { readonly regions: RegionBoxes; readonly moving: CropBox } | undefined;
  /** Crops of the last moments, oldest first: onset and apex of a candidate are among them when it ends. */
  readonly #recent: Frame[] = [];
  /** When the face was at rest before the last candidate, and when that ended. */
  #last = { restMs: 0, endMs: -Infinity };
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
    this.#places = undefined;
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
    this.#places ??= placesIn(toFractions(landmarks, pose));
    const fresh = this.#fresh;
    this.#fresh = false;
    const original = cutFace(frame, pose, cropSize);
    return { original, square: squareInCrop(square, pose), ...this.#places, fresh, frameRate };
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
    const { original, square, regions, moving, fresh, frameRate } = still;
    if (fresh) {
      this.#magnifier.reset();
      this.#micro.reset();
      this.#recent.length = 0;
    }
    if (frameRate !== undefined && band === undefined) this.#followFrameRate(frameRate);
    const magnified = this.#magnifier.step(original, band);
    const energies = regionNames.map((name) => regionEnergy(this.#magnifier.band, regions[name]));
    this.#remember(original);
    const candidates = this.#micro
      .next(original.timeMs, energies)
      .map((event) => ({ event, movement: this.#movementOf(event, moving) }));
    return { original, square, magnified, candidates };
  }

  #remember(crop: Frame): void {
    this.#recent.push(crop);
    while (crop.timeMs - this.#recent[0]!.timeMs > 2 * maxMs + beforeMs) this.#recent.shift();
  }

  /**
   * The face at rest before a candidate, and where it is then most unlike that. A filter that looks at the past only tells of a
   * movement late, and is loudest while the face returns: the energy's own onset and apex are not those of the face. What
   * follows another candidate at once is the return of that movement.
   */
  #movementOf(event: AnalysisEvent, box: CropBox): MicroMovement | undefined {
    const returns = event.startMs - this.#last.endMs < beforeMs;
    const restMs = returns ? this.#last.restMs : event.startMs - beforeMs;
    this.#last = { restMs, endMs: event.endMs };
    const onset = this.#recent.findLast(({ timeMs }) => timeMs <= restMs);
    if (onset === undefined) return undefined;
    let found: { apex: Frame; unlike: number } | undefined;
    for (const apex of this.#recent) {
      if (apex.timeMs <= onset.timeMs || apex.timeMs > event.endMs) continue;
      const unlike = difference(onset, apex, box);
      if (found === undefined || unlike > found.unlike) found = { apex, unlike };
    }
    return found && { onset, apex: found.apex, box };
  }

  #followFrameRate(frameRate: number): void {
    if (bandAt(this.#request, frameRate) === undefined) this.#magnifier.reset();
    else this.#magnifier = createMagnifier(this.#request, cropSize, cropSize, frameRate);
  }
}

/** Mean difference of luma inside a box, of every second pixel. */
function difference(a: Frame, b: Frame, [left, top, right, bottom]: CropBox): number {
  const [x0, x1] = [Math.max(0, left * a.width), Math.min(a.width, right * a.width)].map(Math.floor);
  const [y0, y1] = [Math.max(0, top * a.height), Math.min(a.height, bottom * a.height)].map(Math.floor);
  let sum = 0;
  let count = 0;
  for (let y = y0!; y < y1!; y += 2)
    for (let x = x0!; x < x1!; x += 2, count++)
      sum += Math.abs(a.data[y * a.width + x]! - b.data[y * b.width + x]!);
  return sum / Math.max(1, count);
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

function placesIn(fractions: readonly number[]): { regions: RegionBoxes; moving: CropBox } {
  return { regions: regionBoxes(fractions), moving: movingBox(fractions) };
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
