import type { AnalysisEvent, Eye, Face, FrameLine, Gaze } from "../../shared/protocol/results.ts";
import type { Frame } from "../media/frame.ts";
import type { Crop } from "../vision/crop.ts";
import { SceneCuts } from "../vision/cuts.ts";
import { createDetector } from "../vision/detect.ts";
import { createEmotionReader } from "../vision/emotion.ts";
import {
  createExpressionReader,
  type ExpressionProbabilities,
  type ExpressionReader,
} from "../vision/expression.ts";
import { createEyeStateReader, eyeAspectRatio, type Eyes } from "../vision/eyes.ts";
import { faceSquare, type Landmarks } from "../vision/faceSquare.ts";
import { FaceFollower, type FollowOptions } from "../vision/follow.ts";
import { bothEyes, createGazeReader } from "../vision/gaze.ts";
import { headPose, type HeadPose } from "../vision/headPose.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import { findFlaws, type Flaw, type Light } from "../vision/quality.ts";
import { LandmarkSmoother, ProbabilitySmoother } from "../vision/smooth.ts";
import { toFrameLine } from "./frameLine.ts";
import type { Meter } from "./meter.ts";
import type { VisualNetworks } from "./networks.ts";
import { eachInTurn, readAhead, type Stage } from "./stage.ts";

export interface AheadOptions {
  /**
   * How many frames the following of faces is ahead of the reading of eyes, and that of what comes after it. 0, the
   * default: one frame after another, as a live source wants it. The results are the same.
   */
  readonly framesAhead?: number;
}

/** Frames that are in a pipeline at once. */
export const framesHeld = (framesAhead: number): number => 2 * (framesAhead + 1) + 1;

export interface VisualOptions extends FollowOptions, AheadOptions {
  /** Time constant of the emotion's smoothing, milliseconds. */
  readonly emotionSmoothingMs: number;
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
}
export interface FeelingFace extends SeeingFace {
  /** What the expression network sees instead of the frame. */
  readonly view?: { readonly picture: Frame; readonly square: Crop };
  readonly magnification?: NonNullable<Face["magnification"]>;
  readonly compound?: NonNullable<Face["compound"]>;
  readonly expression?: ExpressionProbabilities;
  readonly emotion?: ExpressionProbabilities;
}

/**
 * The visual half of the multimodal pipeline (thesis, figure of pipeline 2): faces are found and followed by their
 * landmarks, then eyes, gaze and expression are read. Several faces are read in one run of each network.
 */
export function visual(
  networks: VisualNetworks,
  options: VisualOptions,
  meter: Meter,
): Stage<Frame, VisualFrame> {
  const see = seeFaces(networks, options, meter);
  const feel = readEmotions(networks, options, meter);
  return (frames) => describe(feel(see(frames)));
}

/** What every pipeline begins with: faces followed, their landmarks steady, heads and eyes read. */
export function seeFaces(
  networks: VisualNetworks,
  options: FollowOptions & AheadOptions,
  meter: Meter,
): Stage<Frame, Seen<SeeingFace>> {
  const follow = followFaces(networks, options, meter);
  const steady = steadyLandmarks();
  const measure = measureHeads();
  const look = readEyes(networks, meter);
  const posed = readAhead<Seen<PosedFace>>(options.framesAhead ?? 0);
  const seen = readAhead<Seen<SeeingFace>>(options.framesAhead ?? 0);
  return (frames) => seen(look(posed(measure(steady(follow(frames))))));
}

/** Frames -> faces with identity and landmarks. */
function followFaces(
  { face, landmarks }: VisualNetworks,
  options: FollowOptions,
  meter: Meter,
): Stage<Frame, Seen<FollowedFace>> {
  const detector = createDetector(face);
  const landmarker = createLandmarker(landmarks);
  const cuts = new SceneCuts();
  const follower = new FaceFollower(
    {
      detect: (picture, thorough) => meter.time("detect", () => detector.detect(picture, thorough)),
      upright: detector.upright,
    },
    { read: (picture, squares) => meter.time("landmarks", () => landmarker.read(picture, squares)) },
    options,
  );
  return eachInTurn(async (frame) => {
    const cut = cuts.isCut(frame);
    const tracks = await follower.next(frame, cut);
    const faces = tracks.map(({ id, reading, square, doubtful }) => ({
      ...{ track: id, square, doubtful },
      ...reading,
    }));
    return { frame, cut, faces, leftOut: follower.leftOut };
  });
}

/** Landmarks without their tremble; see {@link LandmarkSmoother} for the lag. */
function steadyLandmarks(): Stage<Seen<FollowedFace>, Seen<FollowedFace>> {
  const smoothers = new PerTrack<LandmarkSmoother>();
  return eachFace(smoothers, (face, { timeMs }) => {
    const smoother = smoothers.get(face.track, () => new LandmarkSmoother(face.landmarks, timeMs));
    const landmarks = smoother.next(face.landmarks, face.square.side, timeMs);
    return { ...face, landmarks, square: faceSquare(landmarks) };
  });
}

/** Head pose, and whether the face can be trusted. */
function measureHeads(): Stage<Seen<FollowedFace>, Seen<PosedFace>> {
  return eachFace(undefined, (face) => {
    const pose = headPose(face.landmarks);
    return { ...face, pose, flaws: findFlaws(face.square, face.light, pose, face) };
  });
}

/** Eye state, eye aspect ratio and gaze. */
function readEyes(
  { eyeState, gaze }: VisualNetworks,
  meter: Meter,
): Stage<Seen<PosedFace>, Seen<SeeingFace>> {
  const states = eyeState && createEyeStateReader(eyeState);
  const gazes = gaze && createGazeReader(gaze);
  return eachInTurn(async (seen) => {
    const { frame, faces } = seen;
    if (faces.length === 0 || states === undefined) return seen;
    const crops = faces.map(({ landmarks, square }) => ({ landmarks, roll: square.roll }));
    const [open, looks] = await Promise.all([
      meter.time("eyes", () => states.read(frame, crops)),
      gazes && meter.time("gaze", () => gazes.read(frame, crops)),
    ]);
    const seeing = faces.map((face, i): SeeingFace => {
      const eye = (side: "right" | "left"): Eye => ({
        open: open[i]![side],
        ear: eyeAspectRatio(face.landmarks, side),
        ...(looks && { gaze: looks[i]![side] }),
      });
      return {
        ...face,
        eyes: { right: eye("right"), left: eye("left") },
        gaze: looks && bothEyes(looks[i]!, open[i]),
      };
    });
    return { ...seen, faces: seeing };
  });
}

/**
 * Expression of the frame, and the emotion: the expression, corrected by the Enhanced Emotion Classifier where eyes and
 * gaze are known, smoothed over the frames that can be trusted.
 */
export function readEmotions(
  { expression, eec }: VisualNetworks,
  { emotionSmoothingMs }: Pick<VisualOptions, "emotionSmoothingMs">,
  meter: Meter,
): Stage<Seen<FeelingFace>, Seen<FeelingFace>> {
  const reader = expression && createExpressionReader(expression);
  const enhancer = eec && createEmotionReader(eec);
  const smoothers = new PerTrack<ProbabilitySmoother<keyof ExpressionProbabilities>>();
  async function enhance(faces: readonly SeeingFace[], read: readonly ExpressionProbabilities[]) {
    const inputs = faces.flatMap(({ eyes }, i) =>
      eyes?.right.gaze && eyes.left.gaze ? [{ expression: read[i]!, eyes }] : [],
    );
    if (enhancer === undefined || inputs.length < faces.length) return read;
    return await meter.time("emotion", () => enhancer.read(inputs));
  }
  return eachInTurn(async (seen) => {
    const { frame, faces } = seen;
    if (faces.length === 0 || reader === undefined) return seen;
    smoothers.keep(seen.cut ? [] : faces);
    const read = await meter.time("expression", () => readExpressions(reader, frame, faces));
    const enhanced = await enhance(faces, read);
    const feeling = faces.map((face, i): FeelingFace => {
      if (face.flaws.length > 0) return { ...face, expression: read[i]! };
      const smoother = smoothers.get(face.track, () => new ProbabilitySmoother(emotionSmoothingMs));
      return { ...face, expression: read[i]!, emotion: smoother.next(enhanced[i]!, frame.timeMs) };
    });
    return { ...seen, faces: feeling };
  });
}

/** All faces of a frame in one run; faces with a view of their own one after another. */
async function readExpressions(
  reader: ExpressionReader,
  frame: Frame,
  faces: readonly FeelingFace[],
): Promise<ExpressionProbabilities[]> {
  if (faces.every(({ view }) => view === undefined)) {
    return reader.read(
      frame,
      faces.map(({ square }) => square),
    );
  }
  const read: ExpressionProbabilities[] = [];
  for (const { square, view = { picture: frame, square } } of faces) {
    read.push(...(await reader.read(view.picture, [view.square])));
  }
  return read;
}

export function describe(input: AsyncIterable<Seen<FeelingFace>>): AsyncIterable<VisualFrame> {
  return eachInTurn((seen: Seen<FeelingFace>) => ({
    line: toFrameLine(seen),
    cut: seen.cut,
    events: seen.events ?? [],
    crowd: {
      leftOut: seen.leftOut ?? 0,
      small: seen.faces.filter(({ flaws }) => flaws.includes("small")).length,
    },
  }))(input);
}

/** What a stage remembers of each face in view; forgotten as soon as the face leaves it or the scene changes. */
class PerTrack<T> {
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

function eachFace<A extends { readonly track: number }, B>(
  memory: PerTrack<unknown> | undefined,
  step: (face: A, frame: Frame) => B,
): Stage<Seen<A>, Seen<B>> {
  return eachInTurn(({ frame, cut, faces }) => {
    memory?.keep(cut ? [] : faces);
    return { frame, cut, faces: faces.map((face) => step(face, frame)) };
  });
}
