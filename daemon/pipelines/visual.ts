import type { Eye } from "../../shared/protocol/results.ts";
import type { Frame } from "../media/frame.ts";
import { SceneCuts } from "../vision/cuts.ts";
import { createDetector } from "../vision/detect.ts";
import { createEmotionReader } from "../vision/emotion.ts";
import {
  createExpressionReader,
  type ExpressionProbabilities,
  type ExpressionReader,
} from "../vision/expression.ts";
import { createEyeStateReader, eyeAspectRatio } from "../vision/eyes.ts";
import { faceSquare } from "../vision/faceSquare.ts";
import { FaceFollower, type FollowOptions } from "../vision/follow.ts";
import { bothEyes, createGazeReader } from "../vision/gaze.ts";
import { headPose } from "../vision/headPose.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import { findFlaws } from "../vision/quality.ts";
import { LandmarkSmoother, ProbabilitySmoother } from "../vision/smooth.ts";
import { toFrameLine } from "./frameLine.ts";
import type { Meter } from "./meter.ts";
import type { VisualNetworks } from "./networks.ts";
import {
  eachFace,
  PerTrack,
  type FeelingFace,
  type FollowedFace,
  type PosedFace,
  type Seen,
  type SeeingFace,
  type VisualFrame,
} from "./seen.ts";
import { eachInTurn, pipe, readAhead, type Stage } from "./stage.ts";

export interface AheadOptions {
  readonly timing: {
    /**
     * How many frames the following of faces is ahead of the reading of eyes, and that of what comes after it. 0: one frame
     * after another, as a live source wants it. The results are the same.
     */
    readonly framesAhead: number;
  };
}

/** Frames that are in a pipeline at once. */
export const framesHeld = (framesAhead: number): number => 2 * (framesAhead + 1) + 1;

/** Pictures that do not follow one another in time: each is a scene of its own, and nothing is smoothed over them. */
interface StillsOptions {
  readonly stills?: boolean | undefined;
}

export interface VisualOptions extends FollowOptions, AheadOptions, StillsOptions {
  /** Time constant of the emotion's smoothing, milliseconds. */
  readonly emotionSmoothingMs: number;
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
  return pipe(seeFaces(networks, options, meter), readEmotions(networks, options, meter), describeFrames);
}

/** What every pipeline begins with: faces followed, their landmarks steady, heads and eyes read. */
export function seeFaces(
  networks: VisualNetworks,
  options: FollowOptions & AheadOptions & StillsOptions,
  meter: Meter,
): Stage<Frame, Seen<SeeingFace>> {
  return pipe(
    followFaces(networks, options, meter),
    options.stills === true ? sameLandmarks : steadyLandmarks(),
    measureHeads(),
    readAhead<Seen<PosedFace>>(options.timing.framesAhead),
    readEyes(networks, meter),
    readAhead<Seen<SeeingFace>>(options.timing.framesAhead),
  );
}

/** Frames -> faces with identity and landmarks. */
function followFaces(
  { face, landmarks }: VisualNetworks,
  options: FollowOptions & StillsOptions,
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
    const cut = options.stills === true ? frame.index > 0 : cuts.isCut(frame);
    const tracks = await follower.next(frame, cut);
    const faces = tracks.map(({ id, reading, square, doubtful }) => ({
      ...{ track: id, square, doubtful },
      ...reading,
    }));
    return { frame, cut, faces, leftOut: follower.leftOut };
  });
}

const sameLandmarks: Stage<Seen<FollowedFace>, Seen<FollowedFace>> = (seen) => seen;

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
  { "eye-state": eyeState, gaze }: VisualNetworks,
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
  { emotionSmoothingMs, stills = false }: Pick<VisualOptions, "emotionSmoothingMs" | "stills">,
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
      const smoother = smoothers.get(
        face.track,
        () => new ProbabilitySmoother(stills ? 0 : emotionSmoothingMs),
      );
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

/** Frames as they are written and told. */
export const describeFrames: Stage<Seen<FeelingFace>, VisualFrame> = eachInTurn((seen) => ({
  line: toFrameLine(seen),
  cut: seen.cut,
  events: seen.events ?? [],
  crowd: {
    leftOut: seen.leftOut ?? 0,
    small: seen.faces.filter(({ flaws }) => flaws.includes("small")).length,
  },
}));
