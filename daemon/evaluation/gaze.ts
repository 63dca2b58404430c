import { isAppError } from "../../shared/errors.ts";
import { angleBetweenDeg, type Angles } from "../../shared/gaze/angles.ts";
import { errorAt, fitGaze, type CalibrationPoint, type Correction } from "../../shared/gaze/fit.ts";
import { round } from "../../shared/round.ts";
import { clusterBootstrap, quantile } from "../../shared/stats/intervals.ts";
import { mean } from "../../shared/stats/mean.ts";
import { counted } from "../../shared/text/counted.ts";
import { numberOf, readEach, readLabelTable, resolveInside, type EvaluationContext } from "./dataset.ts";

/** Pitch and yaw in radians, MPIIGaze's signs. */
export interface GazeAngles {
  readonly pitch: number;
  readonly yaw: number;
}

interface Read {
  readonly said: Angles;
  readonly target: Angles;
}

/**
 * Measures a gaze network on `labels.csv` with `path,pitch_rad,yaw_rad[,subject]`; for each person with enough pictures also
 * after a calibration on nine of them.
 */
export async function evaluateGaze(
  folder: string,
  read: (file: string) => Promise<GazeAngles | undefined>,
  context: EvaluationContext,
) {
  const rows = (await readLabelTable(folder, ["path", "pitch_rad", "yaw_rad"])).map(
    (row: Readonly<Partial<Record<string, string>>>) => ({
      subject: row["subject"] ?? "",
      file: resolveInside(folder, row["path"]!),
      path: row["path"]!,
      truth: { pitch: numberOf(row["pitch_rad"]!, "pitch_rad"), yaw: numberOf(row["yaw_rad"]!, "yaw_rad") },
    }),
  );
  const measured = await readEach(
    rows,
    async ({ file, truth, subject }) => {
      const found = await read(file);
      return found && { subject, said: inDegrees(found), target: inDegrees(truth) };
    },
    context,
  );
  const found = measured.read.flatMap(({ value }) => value ?? []);
  const errors = found.map(({ said, target }) => angleBetweenDeg(said, target));
  const people = new Map<string, Read[]>();
  for (const one of found) people.set(one.subject, [...(people.get(one.subject) ?? []), one]);
  const calibration = calibrated([...people.values()]);
  return {
    n: measured.read.length,
    missed: measured.read.length - errors.length,
    /** Over the eyes that were found. */
    ...(errors.length > 0 ? { meanDeg: mean(errors), medianDeg: quantile(errors, 0.5) } : {}),
    ...(calibration && { afterNinePoints: calibration }),
    notes: [],
    unreadable: measured.unreadable,
  };
}

/** A person with fewer pictures is not calibrated. */
const fewestPictures = 30;
const calibrations = 10;

/**
 * Of each person, ten calibrations as the product makes them on nine pictures (in a grid of where they looked), each tried on
 * all other pictures of that person.
 */
function calibrated(people: readonly (readonly Read[])[]) {
  const enough = people.filter(({ length }) => length >= fewestPictures);
  if (enough.length === 0) return undefined;
  const errors = enough.map((pictures) =>
    Array.from({ length: calibrations }, (_, turn) => afterCalibration(pictures, turn)),
  );
  const means = errors.map((turns) => mean(turns.map(({ afterDeg }) => afterDeg)));
  const refused = errors.flat().filter(({ correction }) => correction === undefined).length;
  const interval =
    enough.length < 2
      ? undefined
      : clusterBootstrap(
          (drawn) => mean(drawn.map((i) => means[i]!)),
          means.map((_, i) => String(i)),
        );
  return {
    what: `nine pictures of each person fitted, the others measured; ${counted(calibrations, "time")} with other nine`,
    people: enough.length,
    meanDeg: round(mean(means), 3),
    ...(interval && { meanDeg95: interval }),
    refused,
  };
}

function afterCalibration(pictures: readonly Read[], turn: number) {
  const fitted = nineOf(pictures, turn);
  let correction: Correction | undefined;
  try {
    correction = fitGaze([...fitted].map(asPoint));
  } catch (error) {
    // It would not help: the product leaves the gaze as it is.
    if (!isAppError(error, "invalid_request")) throw error;
  }
  const others = pictures.filter((one) => !fitted.has(one));
  return { correction, afterDeg: mean(others.map((one) => errorAt(asPoint(one), correction))) };
}

const asPoint = ({ said, target }: Read): CalibrationPoint => ({ target, readings: [said] });

/** Of a grid of three by three over where somebody looked, the picture that is the `turn`-nearest to each place. */
function nineOf(pictures: readonly Read[], turn: number): ReadonlySet<Read> {
  const places = (axis: keyof Angles) =>
    [0.1, 0.5, 0.9].map((share) =>
      quantile(
        pictures.map(({ target }) => target[axis]),
        share,
      ),
    );
  const nine = new Set<Read>();
  for (const yawDeg of places("yawDeg"))
    for (const pitchDeg of places("pitchDeg")) {
      const away = ({ target }: Read) => angleBetweenDeg(target, { yawDeg, pitchDeg });
      const near = pictures.filter((one) => !nine.has(one)).toSorted((a, b) => away(a) - away(b));
      nine.add(near[turn]!);
    }
  return nine;
}

/** Angle between two gaze directions, degrees. */
export const angularErrorDeg = (a: GazeAngles, b: GazeAngles): number =>
  angleBetweenDeg(inDegrees(a), inDegrees(b));

/** The person's left is positive, where the set counts the left of the picture. */
const inDegrees = ({ pitch, yaw }: GazeAngles): Angles => ({
  pitchDeg: (pitch * 180) / Math.PI,
  yawDeg: (-yaw * 180) / Math.PI,
});
