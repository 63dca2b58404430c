import type { Gaze } from "../../shared/protocol/results.ts";
import type { Model } from "../inference/models.ts";
import { createEyeReader, type EyeReader, type Eyes } from "./eyes.ts";

const degrees = 180 / Math.PI;

/**
 * Where each eye looks, from a network of the task `gaze` (outputs pitch and yaw, radians, MPIIGaze's signs: yaw is
 * positive to the left of the picture). Results are degrees, up and the person's left positive.
 */
export function createGazeReader(model: Model): EyeReader<Gaze> {
  return createEyeReader(model, (values, eye, mirrored) => ({
    pitchDeg: values[2 * eye]! * degrees,
    yawDeg: values[2 * eye + 1]! * degrees * (mirrored ? 1 : -1),
  }));
}

/** Gaze of both eyes: the mean, each weighted by how surely it is open. Undefined while both are closed. */
export function bothEyes(gaze: Eyes<Gaze>, open: Eyes<number> | undefined): Gaze | undefined {
  const right = open === undefined ? 1 : Math.max(0, open.right - 0.5);
  const left = open === undefined ? 1 : Math.max(0, open.left - 0.5);
  const sum = right + left;
  if (sum === 0) return undefined;
  return {
    pitchDeg: (gaze.right.pitchDeg * right + gaze.left.pitchDeg * left) / sum,
    yawDeg: (gaze.right.yawDeg * right + gaze.left.yawDeg * left) / sum,
  };
}
