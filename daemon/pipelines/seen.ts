import type { AnalysisEvent, Eye, Face, FrameLine, Gaze } from "../../shared/protocol/results.ts";
import type { Frame } from "../media/frame.ts";
import type { Crop } from "../vision/crop.ts";
import type { ExpressionProbabilities } from "../vision/expression.ts";
import type { Eyes } from "../vision/eyes.ts";
import type { Landmarks } from "../vision/faceSquare.ts";
import type { HeadPose } from "../vision/headPose.ts";
import type { Flaw, Light } from "../vision/quality.ts";
import { eachInTurn, type Stage } from "./stage.ts";

/** A frame on its way through the pipeline, with what is known of its faces so far. */
export interface Seen<Face> {
  readonly frame: Frame;
  readonly cut: boolean;
  readonly faces: readonly Face[];
  readonly events?: readonly AnalysisEvent[];
  /** Faces that were seen and are not followed. */
  readonly leftOut?: number;
}

/** A face that has its identity and its steady landmarks. */
export interface FollowedFace {
  readonly track: number;
  readonly presence: number;
  readonly light: Light;
  readonly doubtful?: boolean;
  readonly landmarks: Landmarks;
  readonly square: Crop;
}
export interface PosedFace extends FollowedFace {
  readonly pose: HeadPose;
  readonly flaws: readonly Flaw[];
}
export interface SeeingFace extends PosedFace {
  readonly eyes?: Eyes<Eye>;
  readonly gaze?: Gaze | undefined;
  /** The gaze was corrected by a calibration. */
  readonly calibrated?: boolean;
}
export interface FeelingFace extends SeeingFace {
  /** What the expression network sees instead of the frame. */
  readonly view?: { readonly picture: Frame; readonly square: Crop };
  readonly magnification?: NonNullable<Face["magnification"]>;
  readonly compound?: NonNullable<Face["compound"]>;
  /** Weights in the order of `blendShapes`, as the avatar has them. */
  readonly blendShapes?: Float32Array;
  readonly avatar?: NonNullable<Face["avatar"]>;
  readonly expression?: ExpressionProbabilities;
  readonly emotion?: ExpressionProbabilities;
}

/** One frame's results. */
export interface VisualFrame {
  readonly line: FrameLine;
  /** A new scene begins here. */
  readonly cut: boolean;
  /** Events that ended with this frame and cannot be read from the lines alone. */
  readonly events: readonly AnalysisEvent[];
  readonly crowd?: Crowd;
}

/** Faces of a frame that get no emotion for a reason that a setting or another picture would mend. */
export interface Crowd {
  /** Seen, but more than are followed at a time. */
  readonly leftOut: number;
  /** Too small to be trusted. */
  readonly small: number;
}

/** What a stage remembers of each face in view; forgotten as soon as the face leaves it or the scene changes. */
export class PerTrack<T> {
  readonly #values = new Map<number, T>();

  get(track: number, create: () => T): T {
    let value = this.#values.get(track);
    if (value === undefined) this.#values.set(track, (value = create()));
    return value;
  }

  keep(faces: readonly { readonly track: number }[]): void {
    for (const track of this.#values.keys())
      if (!faces.some((face) => face.track === track)) this.#values.delete(track);
  }
}

/** A stage that turns each face of a frame into one; `memory` forgets those that left. */
export function eachFace<A extends { readonly track: number }, B>(
  memory: PerTrack<unknown> | undefined,
  step: (face: A, frame: Frame) => B,
): Stage<Seen<A>, Seen<B>> {
  return eachInTurn((seen) => {
    const { frame, cut, faces } = seen;
    memory?.keep(cut ? [] : faces);
    return { ...seen, faces: faces.map((face) => step(face, frame)) };
  });
}
