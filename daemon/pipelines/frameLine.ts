import type { Eye, Face, FrameLine, Gaze } from "../../shared/protocol/results.ts";
import { blendShapeIndex, toldShapes } from "../../shared/avatar/blendShapes.ts";
import { actionUnits, actionUnitsOf } from "../../shared/emotion/actionUnits.ts";
import { isAway } from "../../shared/gaze/away.ts";
import { round } from "../../shared/round.ts";
import type { ExpressionProbabilities } from "../vision/expression.ts";
import type { FeelingFace, Seen } from "./seen.ts";

/** One line of frames.jsonl. Numbers carry what they mean: a tenth of a pixel or degree, a thousandth or less else. */
export function toFrameLine({ frame, faces }: Seen<FeelingFace>): FrameLine {
  const states = new Set(faces.map(({ flaws }) => flaws.length === 0));
  return {
    index: frame.index,
    timeMs: round(frame.timeMs, 3),
    state: faces.length === 0 ? "no_face" : states.has(true) ? "ok" : "low_quality",
    faces: faces.map(toFace),
  };
}

function toFace(face: FeelingFace): Face {
  const { landmarks, pose, eyes, gaze, expression, emotion, magnification, compound, avatar } = face;
  return {
    track: face.track,
    state: face.flaws.length === 0 ? "ok" : "low_quality",
    box: boxAround(landmarks),
    score: round(face.presence, 3),
    landmarks: Array.from(landmarks, (v) => round(v, 1)),
    headPose: {
      yawDeg: round(pose.yawDeg, 1),
      pitchDeg: round(pose.pitchDeg, 1),
      rollDeg: round(pose.rollDeg, 1),
    },
    ...(eyes && { eyes: { right: roundEye(eyes.right), left: roundEye(eyes.left) } }),
    ...(gaze && {
      gaze: { ...roundGaze(gaze), away: isAway(gaze), ...(face.calibrated && { calibrated: true as const }) },
    }),
    ...(expression && { expression: roundAll(expression) }),
    ...(emotion && { emotion: roundAll(emotion) }),
    ...(magnification && {
      magnification: {
        alpha: round(magnification.alpha, 2),
        clamped: magnification.clamped,
        displacementPx: round(magnification.displacementPx, 3),
      },
    }),
    ...(face.blendShapes && {
      blendShapes: namedShapes(face.blendShapes),
      actionUnits: roundedUnits(face.blendShapes),
    }),
    ...(avatar && { avatar: { name: avatar.name, emotion: roundAll(avatar.emotion) } }),
    ...(compound && { compound: { emotion: compound.emotion, score: round(compound.score, 4) } }),
  };
}

function namedShapes(weights: Float32Array): NonNullable<Face["blendShapes"]> {
  return Object.fromEntries(toldShapes.map((name) => [name, round(weights[blendShapeIndex[name]]!, 3)]));
}

function roundedUnits(weights: Float32Array): NonNullable<Face["actionUnits"]> {
  const units = actionUnitsOf(weights);
  for (const unit of actionUnits) units[unit] = round(units[unit], 2);
  return units;
}

function boxAround(landmarks: Float64Array): [number, number, number, number] {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 2) {
    minX = Math.min(minX, landmarks[i]!);
    maxX = Math.max(maxX, landmarks[i]!);
    minY = Math.min(minY, landmarks[i + 1]!);
    maxY = Math.max(maxY, landmarks[i + 1]!);
  }
  return [round(minX, 1), round(minY, 1), round(maxX - minX, 1), round(maxY - minY, 1)];
}

function roundEye({ open, ear, gaze }: Eye): Eye {
  return { open: round(open, 3), ear: round(ear, 3), ...(gaze && { gaze: roundGaze(gaze) }) };
}

function roundGaze({ pitchDeg, yawDeg }: Gaze): Gaze {
  return { pitchDeg: round(pitchDeg, 1), yawDeg: round(yawDeg, 1) };
}

function roundAll(probabilities: ExpressionProbabilities): ExpressionProbabilities {
  const rounded = { ...probabilities };
  for (const label of Object.keys(rounded) as (keyof ExpressionProbabilities)[])
    rounded[label] = round(rounded[label], 4);
  return rounded;
}
