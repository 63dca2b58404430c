import assert from "node:assert/strict";
import path from "node:path";
import { isAppError } from "../../../shared/errors.ts";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import { gazeCalibrationSchema } from "../../../shared/protocol/gazeCalibration.ts";
import { deleteGazeCalibration, setGazeCalibration } from "../../../shared/protocol/gazeRoutes.ts";
import { importStudy } from "../../../shared/protocol/studyArchives.ts";
import { deleteParticipant, deleteStudy, getStudy } from "../../../shared/protocol/studyRoutes.ts";
import { databases } from "../databases.ts";
import { daemonOfSuite, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, makeStudy, saveArchive, syntheticRun } from "./study.ts";

const madeOn = (day: string) =>
  gazeCalibrationSchema.parse({
    ...{ kind: "edin-gaze-calibration", version: 1, madeAt: `2026-11-${day}T10:00:00.000Z` },
    network: { id: "gaze-compact", sha256: "a".repeat(64) },
    ...{ form: "gain", yaw: [3, -0.1], pitch: [-2, 0], reachDeg: 12 },
    centre: { yawDeg: 0, pitchDeg: -8, headYawDeg: 0, headPitchDeg: 0 },
    error: { points: 9, beforeDeg: 7.5, afterDeg: 3.5 },
  });

describe("the gaze calibration of a participant", () => {
  let test: TestDaemon;
  daemonOfSuite(databases[0]!, syntheticRun, (started) => (test = started));
  const calibration = madeOn("27");
  const calibrationsOf = async (study: string) =>
    (await test.call(getStudy, { study })).study.participants.map(({ gazeCalibration }) => gazeCalibration);
  const usedFor = async (config = {}) =>
    (await test.call(startAnalysis, { mediaPath: path.join(test.clips, "clip.mp4"), config })).analysis
      .config["gazeCalibration"];

  it("is kept after consent alone, serves analyses of their clips, travels with the study and goes with them", async function () {
    this.timeout(120_000);
    const { study, first } = await makeStudy(test);
    const key = { study, participant: "p1" };
    const set = (made = calibration) => test.call(setGazeCalibration, { ...key, calibration: made });
    await assert.rejects(set(), (error) => isAppError(error, "conflict"));
    await addAnalysis(test, first);
    assert.equal(await usedFor(), undefined);
    await set(madeOn("20"));
    await set();
    assert.deepEqual(await calibrationsOf(study), [calibration, undefined]);
    assert.deepEqual(await usedFor(), calibration);
    assert.deepEqual(await usedFor({ gazeCalibration: madeOn("21") }), madeOn("21"));

    const archive = await saveArchive(test, study, path.join(test.clips, "study.zip"));
    await test.call(deleteStudy, { study });
    assert.equal(await usedFor(), undefined);
    await test.call(importStudy, { path: archive });
    assert.deepEqual(await calibrationsOf(study), [calibration, undefined]);

    await test.call(deleteGazeCalibration, key);
    await assert.rejects(test.call(deleteGazeCalibration, key), (error) => isAppError(error, "not_found"));
    await set();
    await test.call(deleteParticipant, key);
    assert.deepEqual(await calibrationsOf(study), [undefined]);
    await assert.rejects(set(), (error) => isAppError(error, "not_found"));
  });
});
