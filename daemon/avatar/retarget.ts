import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";
import type { Eye, Gaze } from "../../shared/protocol/results.ts";
import type { AvatarState } from "../../shared/avatar/head.ts";

/** What is read of one face of one frame. */
export interface FaceReading {
  readonly timeMs: number;
  /** Weights of the network, in the order of `blendShapes`. */
  readonly weights: Float32Array;
  /** Degrees; signs of `HeadPose`. */
  readonly pose: { readonly yawDeg: number; readonly pitchDeg: number; readonly rollDeg: number };
  readonly eyes?: { readonly right: Eye; readonly left: Eye } | undefined;
  /** Camera frame; see `Gaze`. */
  readonly gaze?: Gaze | undefined;
  /** The face is not to be trusted: too dark, too small, turned too far. */
  readonly poor: boolean;
}

/** Time constants, milliseconds: the mean lag of what they smooth. Lids are quick. */
const shapeLagMs = 50;
const lidLagMs = 15;
const poseLagMs = 50;
/** A face that is away comes to rest in about three times this. */
const restLagMs = 150;
/** How far a turned eye stands for a whole eyeLook shape, radians (models/recipes/avatar_rig.py, LOOK_FULL). */
const lookFull = { Up: 0.5, Down: 0.6, Out: 0.7, In: 0.7 } as const;
/** Of each shape. */
const lagsMs = blendShapes.map((name) => (name.startsWith("eyeBlink") ? lidLagMs : shapeLagMs));
/** Shapes that are never exaggerated: lids and eyes move as far as the face's do. */
const asTheFace = blendShapes.map((name) => /^eye(Blink|Look)/.test(name));
const maxGazeRad = 0.6;
const radians = Math.PI / 180;
/** The person's neutral is the mean of what is seen while this long, and is taken off whole after the shorter time, milliseconds. */
const neutralMs = { learnt: 1500, sure: 100 };
/** What a frame counts for whose time is not known. */
const usualFrameMs = 40;
/** Less neutral than this is an expression, which teaches nothing. */
const neutralFrom = 0.5;

/** What a person's face shows at rest: the mean of the first frames in which it looks neutral; before that what faces usually show. */
export class PersonNeutral {
  readonly #mean = new Float32Array(blendShapes.length);
  readonly #usual: Float32Array | undefined;
  #seenMs = 0;

  /** @param usual what neutral faces show in the mean; absent: nothing */
  constructor(usual?: Float32Array) {
    this.#usual = usual;
  }

  /** Adds a frame. @param neutral 0..1, how neutral the face looks */
  learn(weights: Float32Array, neutral: number, elapsedMs = usualFrameMs): void {
    const room = Math.max(0, neutralMs.learnt - this.#seenMs);
    const certainty = Math.max(0, neutral - neutralFrom) / (1 - neutralFrom);
    const share = Math.min(room, certainty * elapsedMs);
    if (share <= 0) return;
    this.#seenMs += share;
    const k = share / this.#seenMs;
    for (let i = 0; i < weights.length; i++) this.#mean[i]! += k * (weights[i]! - this.#mean[i]!);
  }

  /** Of shape `k`: the person's own as far as the face has been seen. */
  weight(k: number): number {
    const sure = Math.min(1, this.#seenMs / neutralMs.sure);
    return sure * this.#mean[k]! + (1 - sure) * (this.#usual?.[k] ?? 0);
  }
}

/**
 * Turns the readings of one face into states of an avatar: smoothed, gaze as eyeLook shapes, lids by the eye-state network
 * too, and the person's own neutral taken off.
 */
export class FaceRetargeter {
  readonly #neutral: PersonNeutral | undefined;
  readonly #exaggerate: number;
  readonly #weights = new Float32Array(blendShapes.length);
  readonly #shown = new Float32Array(blendShapes.length);
  #pose = { yaw: 0, pitch: 0, roll: 0 };
  #gaze = { pitch: 0, yaw: 0 };
  #timeMs: number | undefined;

  /**
   * @param neutral what is taken off each reading, where something is
   * @param exaggerate how many times as strong as the face's own expressions are; lids close as the face's do
   */
  constructor(neutral?: PersonNeutral, exaggerate = 1) {
    this.#neutral = neutral;
    this.#exaggerate = exaggerate;
  }

  /** The next state; its arrays are used again by the next call. */
  next(reading: FaceReading): AvatarState {
    const elapsedMs = this.#elapsed(reading.timeMs);
    const target = this.#target(reading);
    for (let k = 0; k < target.length; k++)
      this.#weights[k] = mix(this.#weights[k]!, target[k]!, elapsedMs, reading.poor ? restLagMs : lagsMs[k]!);
    const { yawDeg, pitchDeg, rollDeg } = reading.pose;
    const pose = { yaw: yawDeg * radians, pitch: pitchDeg * radians, roll: rollDeg * radians };
    this.#pose = {
      yaw: mix(this.#pose.yaw, pose.yaw, elapsedMs, poseLagMs),
      pitch: mix(this.#pose.pitch, pose.pitch, elapsedMs, poseLagMs),
      roll: mix(this.#pose.roll, pose.roll, elapsedMs, poseLagMs),
    };
    const gaze = gazeInHead(reading);
    this.#gaze = {
      pitch: mix(this.#gaze.pitch, gaze.pitch, elapsedMs, shapeLagMs),
      yaw: mix(this.#gaze.yaw, gaze.yaw, elapsedMs, shapeLagMs),
    };
    return this.#state();
  }

  /** The face is away: the avatar comes to rest, never to a frozen smile. */
  rest(timeMs: number): AvatarState {
    const elapsedMs = this.#elapsed(timeMs);
    const k = keep(elapsedMs, restLagMs);
    for (let i = 0; i < this.#weights.length; i++) this.#weights[i] = k * this.#weights[i]!;
    const { yaw, pitch, roll } = this.#pose;
    this.#pose = { yaw: k * yaw, pitch: k * pitch, roll: k * roll };
    this.#gaze = { pitch: k * this.#gaze.pitch, yaw: k * this.#gaze.yaw };
    return this.#state();
  }

  /** The face's own weights, not exaggerated: what is measured of it. Used again by the next call. */
  get measured(): Float32Array {
    return this.#weights;
  }

  #state(): AvatarState {
    for (let k = 0; k < this.#shown.length; k++)
      this.#shown[k] = Math.min(1, (asTheFace[k] ? 1 : this.#exaggerate) * this.#weights[k]!);
    return { weights: this.#shown, pose: this.#pose, gaze: this.#gaze };
  }

  /** Infinite for the first one, which is taken as it is. */
  #elapsed(timeMs: number): number {
    const elapsed = this.#timeMs === undefined ? Infinity : Math.max(0, timeMs - this.#timeMs);
    this.#timeMs = timeMs;
    return elapsed;
  }

  #target({ weights, eyes, poor, ...reading }: FaceReading): Float32Array {
    const target = new Float32Array(blendShapes.length);
    if (poor) return target;
    for (let k = 0; k < target.length; k++)
      target[k] = Math.max(0, weights[k]! - (this.#neutral?.weight(k) ?? 0));
    for (const [side, eye] of [
      ["Left", eyes?.left],
      ["Right", eyes?.right],
    ] as const) {
      const at = blendShapeIndex[`eyeBlink${side}`];
      if (eye && eye.open < 0.5) target[at] = Math.max(target[at]!, 1 - eye.open);
    }
    setLooks(target, gazeInHead(reading));
    return target;
  }
}

/** Where the eyes look in the head, radians. The eyes of a face without gaze look ahead. */
function gazeInHead({ gaze, pose }: Pick<FaceReading, "gaze" | "pose">): AvatarState["gaze"] {
  if (!gaze) return { pitch: 0, yaw: 0 };
  const within = (degrees: number): number => Math.min(maxGazeRad, Math.max(-maxGazeRad, degrees * radians));
  return { pitch: within(gaze.pitchDeg - pose.pitchDeg), yaw: within(gaze.yawDeg - pose.yawDeg) };
}

function setLooks(target: Float32Array, { pitch, yaw }: AvatarState["gaze"]): void {
  for (const side of ["Left", "Right"] as const) {
    const open = 1 - target[blendShapeIndex[`eyeBlink${side}`]]!;
    const out = side === "Left" ? yaw : -yaw;
    const values = { Up: pitch, Down: -pitch, Out: out, In: -out };
    for (const way of ["Up", "Down", "Out", "In"] as const) {
      const name: BlendShape = `eyeLook${way}${side}`;
      target[blendShapeIndex[name]] = open * Math.min(1, Math.max(0, values[way]) / lookFull[way]);
    }
  }
}

const keep = (elapsedMs: number, lagMs: number): number => Math.exp(-elapsedMs / lagMs);

function mix(before: number, now: number, elapsedMs: number, lagMs: number): number {
  const k = keep(elapsedMs, lagMs);
  return k * before + (1 - k) * now;
}
