import assert from "node:assert/strict";
import { angleBetweenDeg, type Angles } from "../../../shared/gaze/angles.ts";
import { calibrateGaze, restingFrom } from "../../../shared/gaze/calibrate.ts";
import {
  corrected,
  errorAt,
  fitGaze,
  type CalibrationPoint,
  type GazeReading,
} from "../../../shared/gaze/fit.ts";
import { anglesOfPoint, calibrationPoints, checkPoints, shareOfWidth } from "../../../shared/gaze/screen.ts";
import { isAppError } from "../../../shared/errors.ts";
import { gazeCalibrationSchema } from "../../../shared/protocol/gazeCalibration.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

const screen = { widthCm: 50, heightCm: 30, distanceCm: 55 };
const nine = calibrationPoints.map((point) => anglesOfPoint(point, screen));
const others = checkPoints.map((point) => anglesOfPoint(point, screen));

const network = { id: "gaze-compact", sha256: "a".repeat(64) };

/** A network that is wrong by a constant, a gain, and a share of the other axis. */
const distort = ({ yawDeg, pitchDeg }: Angles): Angles => ({
  yawDeg: 1.4 * yawDeg + 0.2 * pitchDeg - 6,
  pitchDeg: 0.7 * pitchDeg + 0.1 * yawDeg + 5,
});

/** Readings with `noise` degrees of a normal spread, as `read` gives them. */
function looking(
  targets: readonly Angles[],
  read: (target: Angles) => GazeReading,
  { noise = 0, frames = 20, seed = 1 } = {},
): CalibrationPoint[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return targets.map((target) => ({
    target,
    readings: Array.from({ length: frames }, () => {
      const said = read(target);
      return { ...said, yawDeg: said.yawDeg + noise * normal(), pitchDeg: said.pitchDeg + noise * normal() };
    }),
  }));
}

const meanError = (points: readonly CalibrationPoint[], fit: ReturnType<typeof fitGaze>): number =>
  points.reduce((sum, point) => sum + errorAt(point, fit), 0) / points.length;

describe("the calibration of a gaze", () => {
  it("recovers a known affine distortion, at places that it was not fitted on as well", () => {
    const fit = fitGaze(looking(nine, distort));
    assert.ok(fit.error.beforeDeg > 6);
    assert.ok(fit.error.afterDeg < 1, String(fit.error.afterDeg));
    assert.ok(meanError(looking(others, distort), fit) < 0.6);
  });

  it("says the error that unseen places then have, where single frames are noisy", () => {
    const fit = fitGaze(looking(nine, distort, { noise: 2 }));
    const unseen = meanError(looking(others, distort, { noise: 2, seed: 2 }), fit);
    assert.ok(Math.abs(fit.error.afterDeg - unseen) < 0.8, `${fit.error.afterDeg}, ${unseen}`);
  });

  it("gives a point less weight at which somebody looked elsewhere, and names it", () => {
    const points = looking(nine, distort, { noise: 0.3 });
    const elsewhere = looking([nine[2]!], distort, { noise: 0.3, seed: 3 })[0]!.readings;
    const fit = fitGaze(points.map((point, i) => (i === 1 ? { ...point, readings: elsewhere } : point)));
    assert.equal(fit.pointErrorsDeg.indexOf(Math.max(...fit.pointErrorsDeg)), 1);
    assert.ok(meanError(looking(others, distort), fit) < 4, String(meanError(looking(others, distort), fit)));
  });

  it("takes the simplest form, and next to no gain, where there is nothing more to correct than a constant", () => {
    const fit = fitGaze(
      looking(nine, ({ yawDeg, pitchDeg }) => ({ yawDeg: yawDeg + 4, pitchDeg: pitchDeg - 3 }), { noise: 1 }),
    );
    assert.equal(fit.form, "gain");
    assert.ok(Math.abs(fit.yaw[1]!) < 0.1 && Math.abs(fit.pitch[1]!) < 0.1);
  });

  it("corrects what follows the head", () => {
    const pose = [-20, -12, 15, 8, -5, 18, -15, 10, 2];
    const points = nine.map((target, i) => ({
      target,
      readings: [
        {
          yawDeg: target.yawDeg + 0.6 * pose[i]!,
          pitchDeg: target.pitchDeg,
          headYawDeg: pose[i]!,
          headPitchDeg: 0,
        },
      ],
    }));
    const fit = fitGaze(points);
    assert.equal(fit.form, "head");
    assert.ok(fit.error.afterDeg < 2, String(fit.error.afterDeg));
  });

  it("corrects a reading far outside as one at the edge of what was fitted on", () => {
    const fit = fitGaze(looking(nine, distort));
    const at = (yawDeg: number): number => corrected(fit, { yawDeg, pitchDeg: 0 }).yawDeg - yawDeg;
    assert.equal(at(80), at(120));
  });

  it("refuses too few points, and counts those at which no gaze was read as missing", () => {
    const points = looking(nine, distort).map((point, i) => (i < 4 ? point : { ...point, readings: [] }));
    assert.throws(
      () => fitGaze(points),
      (error) => isAppError(error, "invalid_request") && /4 of 9/.test(error.message),
    );
  });

  it("refuses a calibration that would not make the gaze better, also at the places that were only measured", () => {
    const refused = (work: () => unknown) =>
      assert.throws(
        work,
        (error) => isAppError(error, "invalid_request") && /would not help/.test(error.message),
      );
    refused(() => fitGaze(looking(nine, (target) => target)));
    refused(() =>
      calibrateGaze(
        looking(nine, distort),
        looking(others, (target) => target),
        network,
      ),
    );
  });

  it("is stored with the error of the points that were only measured", () => {
    const { calibration } = calibrateGaze(looking(nine, distort), looking(others, distort), network);
    const { check } = gazeCalibrationSchema.parse(JSON.parse(JSON.stringify(calibration)));
    assert.equal(check?.points, 4);
    assert.ok(check.afterDeg < 0.6 && check.beforeDeg > 5);
  });
});

describe("places on a screen", () => {
  it("lie where the camera above its middle sees them: the person's left and up are positive", () => {
    const [left, below] = [anglesOfPoint({ x: 0, y: 0 }, screen), anglesOfPoint({ x: 0.5, y: 1 }, screen)];
    assert.ok(Math.abs(left.yawDeg - (Math.atan(25 / 55) * 180) / Math.PI) < 1e-9);
    assert.equal(left.pitchDeg, -0);
    assert.ok(Math.abs(below.pitchDeg + (Math.atan(30 / 55) * 180) / Math.PI) < 1e-9);
  });

  it("know how much of the screen an angle is", () => {
    assert.ok(Math.abs(shareOfWidth(45, { ...screen, distanceCm: 25 }) - 0.5) < 1e-12);
  });

  it("are counted from when the eyes have arrived", () => {
    assert.equal(restingFrom(1000, 3000), 1500);
    assert.equal(restingFrom(1000, 1500), 1200);
  });
});

describe("angleBetweenDeg", () => {
  it("is the angle on the sphere, not the difference of the numbers", () => {
    const at = (yawDeg: number): Angles => ({ yawDeg, pitchDeg: 60 });
    assert.ok(Math.abs(angleBetweenDeg(at(0), at(180)) - 60) < 1e-9);
  });
});
