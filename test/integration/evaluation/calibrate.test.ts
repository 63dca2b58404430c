import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { makePictures } from "../../support/madeUpPictures.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { edin } from "../edin.ts";

interface Figures {
  readonly ece: number;
  readonly accuracy: number;
  readonly uar: number;
  readonly calibration?: { readonly temperature: number; readonly n: number };
  readonly comparison: {
    readonly n: number;
    readonly against: string;
    readonly difference: { readonly accuracy: { readonly value: number; readonly interval: number[] } };
    readonly other: { readonly accuracy: number };
    readonly mcnemar: { readonly p: number; readonly onlyFirst: number; readonly onlySecond: number };
  };
  readonly groups: {
    readonly unknown: number;
    readonly notes: string[];
    readonly groups: {
      readonly group: Record<string, string>;
      readonly n: number;
      readonly subjects: number;
      readonly small: boolean;
      readonly p?: number;
      readonly pHolm?: number;
      readonly difference?: number;
    }[];
  };
}

describe("edin calibrate, and edin evaluate by group and against another network", function () {
  this.timeout(200_000);
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  const run = (...args: string[]) => edin(args, { EDIN_DATA_DIR: at("data"), EDIN_DEVICE: "cpu" });
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Figures;
  };
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-calibrate-"));
    // What no expression network has seen: it is surer than it should be.
    await makePictures(at("set"), { each: 32 });
    await makePhotoClip(at("clip.mp4"), 0.5);
  });
  after(() => rm(folder, { recursive: true }));

  it("makes a network as sure as it is right, says so in every result, and can be taken back", async () => {
    const before = await json("evaluate", "expression", at("set"));
    const fitted = await json("calibrate", "expression", at("set"), "--bias");
    assert.equal(fitted.calibration!.n, 96);
    assert.notEqual(fitted.calibration!.temperature, 1);
    const after = await json("evaluate", "expression", at("set"));
    assert.ok(after.ece < before.ece, `${before.ece} ${after.ece}`);
    assert.deepEqual(after.calibration, fitted.calibration);
    // Fitting again starts from what the network itself says.
    const again = await json("calibrate", "expression", at("set"), "--bias");
    assert.equal(again.calibration!.temperature, fitted.calibration!.temperature);
    const analysed = await run("analyze", at("clip.mp4"), "--out", at("clip.edin"));
    assert.equal(analysed.code, 0, analysed.stderr);
    const { models } = JSON.parse(await readFile(at("clip.edin/analysis.json"), "utf8")) as {
      models: { task: string; calibration?: unknown }[];
    };
    assert.deepEqual(models.find(({ task }) => task === "expression")!.calibration, again.calibration);
    assert.ok(models.filter(({ calibration }) => calibration !== undefined).length === 1);
    assert.equal((await run("calibrate", "expression", "--reset")).code, 0);
    assert.deepEqual(await json("evaluate", "expression", at("set")), before);
  });

  it("refuses networks without labels and sets that are too small", async () => {
    assert.match((await run("calibrate", "gaze", at("set"))).stderr, /^invalid_request/m);
    await makePictures(at("few"), { each: 3 });
    assert.match((await run("calibrate", "expression", at("few"))).stderr, /^not_enough_data/m);
    assert.match((await run("calibrate", "expression")).stderr, /^invalid_request/m);
  });

  it("gives figures by group and intersection, tested where groups are large enough", async () => {
    const rows = Array.from({ length: 7 }, (_, i) => `p${i},${i < 4 ? "young" : "old"},${i % 2 ? "a" : "b"}`);
    await writeFile(at("groups.csv"), ["subject,age,site", ...rows].join("\n"));
    const { groups } = await json("evaluate", "expression", at("set"), "--groups", at("groups.csv"));
    assert.equal(groups.unknown, 12);
    assert.deepEqual(
      groups.groups.map(({ group }) => Object.values(group).join()),
      ["old", "young", "a", "b", "old,a", "old,b", "young,a", "young,b"],
    );
    const [old, young] = groups.groups;
    assert.deepEqual([old!.n, old!.subjects, old!.small, old!.p], [36, 3, true, undefined]);
    assert.deepEqual([young!.n, young!.subjects, young!.small], [48, 4, true]);
    assert.ok(groups.notes.some((note) => /Of 8 groups 8 have/.test(note)));
    // By file, without persons, groups of the same set are large enough to be tested.
    const labels = await readFile(at("set/labels.csv"), "utf8");
    const files = labels
      .trim()
      .split("\n")
      .slice(1)
      .map((row, i) => `${row.split(",")[0]!},${i % 16 < 8 ? "first" : "second"}`);
    await writeFile(at("files.csv"), ["path,number", ...files].join("\n"));
    const byFile = (await json("evaluate", "expression", at("set"), "--groups", at("files.csv"))).groups;
    for (const { p, pHolm, difference, small } of byFile.groups) {
      assert.equal(small, false);
      assert.ok(p! > 0 && p! <= 1 && pHolm! >= p! && Math.abs(difference!) <= 1);
    }
    await writeFile(at("nobody.csv"), "subject,age\nx,old\n");
    const nobody = await run("evaluate", "expression", at("set"), "--groups", at("nobody.csv"));
    assert.match(nobody.stderr, /^not_enough_data/m);
  });

  it("holds two networks against each other on the same files", async () => {
    const args = ["evaluate", "expression-compact", at("set"), "--against", "expression-thesis"];
    const { comparison, accuracy } = await json(...args);
    assert.equal(comparison.against, "expression-thesis");
    assert.equal(comparison.n, 96);
    const alone = await json("evaluate", "expression-thesis", at("set"));
    assert.equal(comparison.other.accuracy, alone.accuracy);
    const { value, interval } = comparison.difference.accuracy;
    assert.ok(Math.abs(value - (accuracy - alone.accuracy)) < 1e-12);
    assert.ok(interval[0]! <= value && value <= interval[1]!);
    const { onlyFirst, onlySecond, p } = comparison.mcnemar;
    assert.ok(Math.abs((onlyFirst - onlySecond) / 96 - value) < 1e-12);
    assert.ok(p > 0 && p <= 1);
    const other = await run("evaluate", "expression", at("set"), "--against", "speech");
    assert.match(other.stderr, /^invalid_request/m);
  });
});
