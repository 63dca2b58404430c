import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { gazeCalibrationSchema } from "../../../shared/protocol/gazeCalibration.ts";
import { analysisSchema, frameLineSchema } from "../../../shared/protocol/results.ts";
import { mean } from "../../../shared/stats/mean.ts";
import { makeDrawnClip } from "../../support/drawnClip.ts";
import { edin } from "../edin.ts";

/** Where the table says that the drawn face looks: far from where it does. */
const place = { yawDeg: 24, pitchDeg: -18 };

describe("edin calibrate gaze, and what uses it", function () {
  this.timeout(200_000);
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  const run = (...args: string[]) => edin(args, { EDIN_DATA_DIR: at("data"), EDIN_DEVICE: "cpu" });
  const analysed = async (out: string, calibration: string) => {
    const { code, stderr } = await run(
      ...["analyze", at("clip.mp4"), "--out", at(out), "--gaze-calibration", calibration],
    );
    assert.equal(code, 0, stderr);
    const lines = (await readFile(at(`${out}/frames.jsonl`), "utf8")).trim().split("\n");
    const faces = lines.flatMap((line) => frameLineSchema.parse(JSON.parse(line)).faces);
    const analysis = analysisSchema.parse(JSON.parse(await readFile(at(`${out}/analysis.json`), "utf8")));
    return { gazes: faces.flatMap(({ gaze }) => gaze ?? []), notes: analysis.summary.notes };
  };
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-gaze-"));
    await makeDrawnClip(at("clip.mp4"), "dora", [{ seconds: 4.2, shapes: {} }]);
    const rows = Array.from({ length: 7 }, (_, i) => [
      ...[600 * i, 600 * i + 600, place.yawDeg + (i % 2), place.pitchDeg + (i % 3)],
      i === 6 ? "check" : "fit",
    ]);
    await writeFile(
      at("places.csv"),
      ["start_ms,end_ms,yaw_deg,pitch_deg,use", ...rows.map((row) => row.join(","))].join("\n"),
    );
  });
  after(() => rm(folder, { recursive: true }));

  it("fits a clip of known places, which later analyses take and name", async () => {
    const file = at("p01.gaze.json");
    const { code, stdout, stderr } = await run(
      ...["calibrate", "gaze", at("clip.mp4"), "--targets", at("places.csv"), "--out", file],
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Points that were only measured: .* degrees before, .* after \(1 point\)/);
    const calibration = gazeCalibrationSchema.parse(JSON.parse(await readFile(file, "utf8")));
    assert.equal(calibration.error.points, 6);
    assert.ok(calibration.error.beforeDeg > calibration.error.afterDeg + 5);
    const { gazes, notes } = await analysed("with", file);
    assert.ok(gazes.length > 30 && gazes.every(({ calibrated }) => calibrated === true));
    assert.ok(Math.abs(mean(gazes.map(({ yawDeg }) => yawDeg)) - place.yawDeg) < 6);
    assert.ok(Math.abs(mean(gazes.map(({ pitchDeg }) => pitchDeg)) - place.pitchDeg) < 6);
    assert.match(notes.join("\n"), /corrected by the calibration of \d{4}-\d\d-\d\d \(6 points\)/);

    const other = { ...calibration, network: { id: "of-another", sha256: "0".repeat(64) } };
    await writeFile(at("other.gaze.json"), JSON.stringify(other));
    const without = await analysed("without", at("other.gaze.json"));
    assert.ok(without.gazes.every(({ calibrated }) => calibrated === undefined));
    assert.match(without.notes.join("\n"), /was not used: it was made with another network \(of-another\)/);
  });

  it("says what is missing, and refuses files that are no calibration and tables that are wrong", async () => {
    const missing = await run("calibrate", "gaze", at("clip.mp4"));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /--targets FILE\.csv/);
    await writeFile(at("empty.gaze.json"), "{}");
    const wrong = await run(
      "analyze",
      at("clip.mp4"),
      "--out",
      at("no"),
      "--gaze-calibration",
      at("empty.gaze.json"),
    );
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /gaze calibration file/);
    await writeFile(at("wrong.csv"), "start_ms,end_ms,yaw_deg,pitch_deg\n500,100,0,0\n");
    const table = await run("calibrate", "gaze", at("clip.mp4"), "--targets", at("wrong.csv"));
    assert.equal(table.code, 1);
    assert.match(table.stderr, /before it begins/);
  });
});
