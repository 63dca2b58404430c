import assert from "node:assert/strict";
import path from "node:path";
import { isAppError } from "../../../shared/errors.ts";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import { deleteGazeCalibration, setGazeCalibration } from "../../../shared/protocol/gazeRoutes.ts";
import { importStudy } from "../../../shared/protocol/studyArchives.ts";
import { deleteParticipant, deleteStudy, getStudy } from "../../../shared/protocol/studyRoutes.ts";
import { madeUpCalibration } from "../../support/madeUpCalibration.ts";
import { databases } from "../databases.ts";
import { daemonOfSuite, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, makeStudy, saveArchive, syntheticRun } from "./study.ts";

describe("the gaze calibration of a participant", () => {
  let test: TestDaemon;
  daemonOfSuite(databases[0]!, syntheticRun, (started) => (test = started));
  const calibration = madeUpCalibration("27");
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
    await set(madeUpCalibration("20"));
    await set();
    assert.deepEqual(await calibrationsOf(study), [calibration, undefined]);
    assert.deepEqual(await usedFor(), calibration);
    assert.deepEqual(await usedFor({ gazeCalibration: madeUpCalibration("21") }), madeUpCalibration("21"));

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
