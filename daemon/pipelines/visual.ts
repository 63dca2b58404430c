import type { AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";
import type { Eye } from "../../shared/protocol/results.ts";
import type { Frame } from "../media/frame.ts";
import { SceneCuts } from "../vision/cuts.ts";
import { createDetector } from "../vision/detect.ts";
import { createEmotionReader } from "../vision/emotion.ts";
import { createExpressionReader, type ExpressionProbabilities } from "../vision/expression.ts";
import { createEyeStateReader, eyeAspectRatio } from "../vision/eyes.ts";
import { faceSquare } from "../vision/faceSquare.ts";
import { FaceFollower, type FollowOptions } from "../vision/follow.ts";
import { bothEyes, createGazeReader } from "../vision/gaze.ts";
import { headPose } from "../vision/headPose.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import { findFlaws } from "../vision/quality.ts";
import { LandmarkSmoother, ProbabilitySmoother } from "../vision/smooth.ts";
import { toFrameLine } from "./frameLine.ts";
import { usableCalibration, withCorrectedGaze } from "./gazeCalibration.ts";
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
import { eachInTurn, eachTogether, pipe, readAhead, type Stage } from "./stage.ts";

export interface AheadOptions {
  readonly timing: {
    /**
     * How many frames the following of faces is ahead of the reading of eyes, and that of what comes after it. 0: one frame
     * after another, as a live source wants it. The results are the same.
     */
    readonly framesAhead: number;
    /** Of how many frames eyes, gaze and expression are read in one run of a network. */
    readonly framesTogether: number;
  };
}

/** Frames that are in a pipeline at once. */
export const framesHeld = ({ framesAhead, framesTogether }: AheadOptions["timing"]): number =>
  2 * (framesAhead + framesTogether) + 1;

/** Pictures that do not follow one another in time: each is a scene of its own, and nothing is smoothed over them. */
interface StillsOptions {
  readonly stills?: boolean | undefined;
}

type GazeOptions = Pick<AnalysisConfig, "gazeCalibration">;

export interface VisualOptions extends FollowOptions, AheadOptions, StillsOptions, GazeOptions {
  /** Time constant of the emotion's smoothing, milliseconds. */
  readonly emotionSmoothingMs: number;
}

type EmotionOptions = Pick<VisualOptions, "emotionSmoothingMs" | "stills" | "timing">;

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
  options: FollowOptions & AheadOptions & StillsOptions & GazeOptions,
  meter: Meter,
): Stage<Frame, Seen<SeeingFace>> {
  return pipe(
    followFaces(networks, options, meter),
    options.stills === true ? sameLandmarks : steadyLandmarks(),
    measureHeads(),
    readAhead<Seen<PosedFace>>(options.timing.framesAhead),
    readEyes(networks, options, meter),
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
  { timing, ...options }: AheadOptions & GazeOptions,
  meter: Meter,
): Stage<Seen<PosedFace>, Seen<SeeingFace>> {
  const states = eyeState && createEyeStateReader(eyeState);
  const gazes = gaze && createGazeReader(gaze);
  const calibration = usableCalibration(options, gaze);
  return eachTogether(timing.framesTogether, async (frames) => {
    const crops = frames.flatMap(({ frame, faces }) =>
      faces.map(({ landmarks, square }) => ({ picture: frame, landmarks, roll: square.roll })),
    );
    if (crops.length === 0 || states === undefined) return frames;
    const [open, looks] = await Promise.all([
      meter.time("eyes", () => states.read(crops)),
      gazes && meter.time("gaze", () => gazes.read(crops)),
    ]);
    let read = 0;
    const seeing = (face: PosedFace): SeeingFace => {
      const i = read++;
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
    };
    return frames.map((seen) => ({
      ...seen,
      faces: withCorrectedGaze(seen.faces.map(seeing), calibration),
    }));
  });
}

/**
 * Expression of the frame, and the emotion: the expression, corrected by the Enhanced Emotion Classifier where eyes and
 * gaze are known, smoothed over the frames that can be trusted.
 */
export function readEmotions(
  { expression, eec }: VisualNetworks,
  { emotionSmoothingMs, stills = false, timing }: EmotionOptions,
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
  return eachTogether(timing.framesTogether, async (frames) => {
    const faces = frames.flatMap((seen) => seen.faces);
    if (faces.length === 0 || reader === undefined) return frames;
    const views = frames.flatMap(({ frame, faces }) =>
      faces.map(({ square, view = { picture: frame, square } }) => view),
    );
    const read = await meter.time("expression", () => reader.read(views));
    const enhanced = await enhance(faces, read);
    let felt = 0;
    return frames.map((seen) => {
      if (seen.faces.length === 0) return seen;
      smoothers.keep(seen.cut ? [] : seen.faces);
      const feeling = seen.faces.map((face): FeelingFace => {
        const i = felt++;
        if (face.flaws.length > 0) return { ...face, expression: read[i]! };
        const smoother = smoothers.get(
          face.track,
          () => new ProbabilitySmoother(stills ? 0 : emotionSmoothingMs),
        );
        return { ...face, expression: read[i]!, emotion: smoother.next(enhanced[i]!, seen.frame.timeMs) };
      });
      return { ...seen, faces: feeling };
    });
  });
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
