import { AppError } from "../errors.ts";
import type { GazeCalibration, GazeForm } from "../protocol/gazeCalibration.ts";
import { round } from "../round.ts";
import { quantile } from "../stats/intervals.ts";
import { mean } from "../stats/mean.ts";
import { solve } from "../stats/solve.ts";
import { angleBetweenDeg, type Angles } from "./angles.ts";

/** What the network said of one frame; the head's pose where it is known. */
export interface GazeReading extends Angles {
  readonly headYawDeg?: number | undefined;
  readonly headPitchDeg?: number | undefined;
}

/** A known place, and what was read while somebody looked at it. */
export interface CalibrationPoint {
  readonly target: Angles;
  readonly readings: readonly GazeReading[];
}

/** What corrects a reading. */
export type Correction = Pick<GazeCalibration, "form" | "centre" | "reachDeg" | "yaw" | "pitch">;

export interface GazeFit extends Correction {
  readonly error: GazeCalibration["error"];
  /** The error at each point with the others fitted, in their order: a large one says that somebody looked elsewhere. */
  readonly pointErrorsDeg: readonly number[];
}

export const fewestPoints = 5;

/** Forms from the simplest to the most flexible, and how many points each needs at least. */
const forms: readonly (readonly [form: GazeForm, points: number])[] = [
  ["gain", fewestPoints],
  ["affine", 7],
  ["head", 9],
  ["quadratic", 9],
];
/** A form is taken for a simpler one only if it makes the error at unseen points smaller by this share. */
const worthwhile = 0.15;
/** Weight of the prior that nothing but a constant is wrong, squared degrees. It and the share above suit single readings of nine places. */
const priorDeg2 = 50;
/** Residuals beyond so many standard deviations lose weight (Huber 1964); the deviation is taken for at least half a degree. */
const huber = 1.345;
const leastDeviationDeg = 0.5;
const rounds = 10;

/**
 * Fits the correction whose error at points that it was not fitted on is the smallest (leave one point out).
 * @throws AppError `invalid_request` for fewer than five points, and where no correction makes the error smaller
 */
export function fitGaze(points: readonly CalibrationPoint[]): GazeFit {
  const seen = points.filter(({ readings }) => readings.length > 0);
  if (seen.length < fewestPoints)
    throw new AppError(
      "invalid_request",
      `The gaze was read at ${seen.length} of ${points.length} points, and ${fewestPoints} are needed. Sit in the light, face to the camera, and repeat.`,
    );
  const hasHead = seen.every(({ readings }) => readings.every(({ headYawDeg }) => headYawDeg !== undefined));
  const before = mean(seen.map((point) => errorAt(point)));
  let best: { form: GazeForm; errors: number[]; after: number } | undefined;
  for (const [form, needed] of forms) {
    if (seen.length < needed || (form === "head" && !hasHead)) continue;
    const errors = seen.map((left, i) =>
      errorAt(
        left,
        fitForm(
          form,
          seen.filter((_, k) => k !== i),
        ),
      ),
    );
    const after = mean(errors);
    if (best === undefined || after < best.after * (1 - worthwhile)) best = { form, errors, after };
  }
  const { form, errors, after } = best!;
  if (after >= before) throw wouldNotHelp(before, after);
  const error = { points: seen.length, beforeDeg: round(before, 2), afterDeg: round(after, 2) };
  return { ...fitForm(form, seen), error, pointErrorsDeg: errors };
}

/** A calibration that makes the gaze no better than the network says it is refused. */
export function wouldNotHelp(beforeDeg: number, afterDeg: number): AppError {
  return new AppError(
    "invalid_request",
    `The calibration would not help: ${beforeDeg.toFixed(1)} degrees without it, ${afterDeg.toFixed(1)} with it at points that it was not fitted on. Look at each point until it is done, with your head still, and repeat.`,
  );
}

/** A reading as it is with a correction. */
export function corrected(correction: Correction, reading: GazeReading): Angles {
  return {
    yawDeg: reading.yawDeg + dot(correction.yaw, termsOf(correction, "yawDeg", reading)),
    pitchDeg: reading.pitchDeg + dot(correction.pitch, termsOf(correction, "pitchDeg", reading)),
  };
}

/** Mean angle between the target and what is read at a point, degrees; with a correction, or as the network says it. */
export function errorAt({ target, readings }: CalibrationPoint, correction?: Correction): number {
  return mean(
    readings.map((one) =>
      angleBetweenDeg(correction === undefined ? one : corrected(correction, one), target),
    ),
  );
}

type Axis = keyof Angles;

/** The constant, then what the form adds; differences from the centre are held within what was fitted on. */
function termsOf(
  { form, centre, reachDeg }: Omit<Correction, "yaw" | "pitch">,
  axis: Axis,
  reading: GazeReading,
): number[] {
  const within = (value: number, middle: number): number =>
    Math.max(-reachDeg, Math.min(reachDeg, value - middle));
  const [yaw, pitch] = [within(reading.yawDeg, centre.yawDeg), within(reading.pitchDeg, centre.pitchDeg)];
  switch (form) {
    case "gain":
      return [1, axis === "yawDeg" ? yaw : pitch];
    case "affine":
      return [1, yaw, pitch];
    case "head":
      return [
        ...[1, yaw, pitch],
        within(reading.headYawDeg ?? centre.headYawDeg, centre.headYawDeg),
        within(reading.headPitchDeg ?? centre.headPitchDeg, centre.headPitchDeg),
      ];
    case "quadratic":
      return [1, yaw, pitch, (yaw * yaw) / 10, (yaw * pitch) / 10, (pitch * pitch) / 10];
  }
}

/** The median reading of each point, weighted down where it lies far off (iteratively reweighted least squares). */
function fitForm(form: GazeForm, points: readonly CalibrationPoint[]): Correction {
  const medians = points.map(({ readings }) => ({
    yawDeg: median(readings.map(({ yawDeg }) => yawDeg)),
    pitchDeg: median(readings.map(({ pitchDeg }) => pitchDeg)),
    headYawDeg: median(readings.map(({ headYawDeg = 0 }) => headYawDeg)),
    headPitchDeg: median(readings.map(({ headPitchDeg = 0 }) => headPitchDeg)),
  }));
  const centre = {
    yawDeg: mean(medians.map(({ yawDeg }) => yawDeg)),
    pitchDeg: mean(medians.map(({ pitchDeg }) => pitchDeg)),
    headYawDeg: mean(medians.map(({ headYawDeg }) => headYawDeg)),
    headPitchDeg: mean(medians.map(({ headPitchDeg }) => headPitchDeg)),
  };
  const far = medians.map((one) =>
    Math.max(Math.abs(one.yawDeg - centre.yawDeg), Math.abs(one.pitchDeg - centre.pitchDeg)),
  );
  const basis = { form, centre, reachDeg: Math.max(1, ...far) };
  const wanted = (axis: Axis): number[] => points.map(({ target }, i) => target[axis] - medians[i]![axis]);
  const rows = (axis: Axis): number[][] => medians.map((one) => termsOf(basis, axis, one));
  const [yawRows, pitchRows] = [rows("yawDeg"), rows("pitchDeg")];
  const [yawWanted, pitchWanted] = [wanted("yawDeg"), wanted("pitchDeg")];
  let weights = points.map(() => 1);
  let [yaw, pitch]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    yaw = ridge(yawRows, yawWanted, weights);
    pitch = ridge(pitchRows, pitchWanted, weights);
    const off = points.map((_, k) =>
      Math.hypot(yawWanted[k]! - dot(yaw, yawRows[k]!), pitchWanted[k]! - dot(pitch, pitchRows[k]!)),
    );
    const limit = huber * Math.max(leastDeviationDeg, median(off) / 1.1774);
    weights = off.map((each) => (each <= limit ? 1 : limit / each));
  }
  return { ...basis, yaw, pitch };
}

/** Weighted least squares with {@link priorDeg2} on every coefficient but the constant. */
function ridge(
  rows: readonly (readonly number[])[],
  wanted: readonly number[],
  weights: readonly number[],
): number[] {
  const n = rows[0]!.length;
  const normal = Array.from({ length: n }, (_, a) =>
    Array.from({ length: n + 1 }, (__, b) => (a === b && a > 0 ? priorDeg2 : 0)),
  );
  for (const [i, row] of rows.entries())
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) normal[a]![b]! += weights[i]! * row[a]! * row[b]!;
      normal[a]![n]! += weights[i]! * row[a]! * wanted[i]!;
    }
  return solve(normal);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const median = (values: readonly number[]): number => quantile(values, 0.5);
