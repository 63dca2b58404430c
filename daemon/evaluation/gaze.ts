import { quantile } from "../../shared/stats/intervals.ts";
import { numberOf, readEach, readLabelTable, resolveInside, type EvaluationContext } from "./dataset.ts";
import { mean } from "../../shared/stats/mean.ts";

/** Pitch and yaw in radians, MPIIGaze's signs. */
export interface GazeAngles {
  readonly pitch: number;
  readonly yaw: number;
}

/** Measures a gaze network on `labels.csv` with `path,pitch_rad,yaw_rad`. */
export async function evaluateGaze(
  folder: string,
  read: (file: string) => Promise<GazeAngles | undefined>,
  context: EvaluationContext,
) {
  const rows = (await readLabelTable(folder, ["path", "pitch_rad", "yaw_rad"])).map((row) => ({
    path: row.path,
    file: resolveInside(folder, row.path),
    truth: { pitch: numberOf(row.pitch_rad, "pitch_rad"), yaw: numberOf(row.yaw_rad, "yaw_rad") },
  }));
  const measured = await readEach(
    rows,
    async ({ file, truth }) => {
      const found = await read(file);
      return found && angularErrorDeg(found, truth);
    },
    context,
  );
  const errors = measured.read.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return {
    n: measured.read.length,
    missed: measured.read.length - errors.length,
    /** Over the eyes that were found. */
    ...(errors.length > 0 ? { meanDeg: mean(errors), medianDeg: quantile(errors, 0.5) } : {}),
    notes: [],
    unreadable: measured.unreadable,
  };
}

/** Angle between two gaze directions, degrees. */
export function angularErrorDeg(a: GazeAngles, b: GazeAngles): number {
  const [u, v] = [direction(a), direction(b)];
  const cos = u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  return (Math.acos(Math.max(-1, Math.min(1, cos))) * 180) / Math.PI;
}

/** Unit vector, x right, y down, z away from the camera; models/README.md. */
const direction = ({ pitch, yaw }: GazeAngles) => [
  -Math.cos(pitch) * Math.sin(yaw),
  -Math.sin(pitch),
  -Math.cos(pitch) * Math.cos(yaw),
];
