import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { loadConfig, type Config } from "../../../daemon/config.ts";
import { isThere } from "../../../daemon/missing.ts";
import { defaultFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { train as trainHere } from "../../../daemon/training/train.ts";
import { planTraining } from "../../../daemon/training/trainingFile.ts";
import { trainingEventSchema, trainingResultSchema } from "../../../shared/protocol/training.ts";
import { makePictures } from "../../support/madeUpPictures.ts";
import { makeSounds } from "../../support/madeUpSounds.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { edin } from "../edin.ts";

describe("edin train", function () {
  this.timeout(300_000);
  let folder: string;
  let config: Config;
  const at = (name: string) => path.join(folder, name);
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-train-"));
    config = loadConfig({ dataDir: at("data") }, {});
    await makePictures(at("set"));
  });
  after(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => edin(args, { EDIN_DATA_DIR: at("data") });

  async function train(name: string, yaml: string, ...more: string[]) {
    await writeFile(at(`${name}.training.yaml`), yaml);
    return run("train", at(`${name}.training.yaml`), "--device", "cpu", "--json", ...more);
  }

  it("trains a head on a set, and the network is imported and used by an analysis", async () => {
    const yaml = [
      "title: Where it is bright",
      "data: {path: set, validation: 0.25, subjects: subject}",
      "train: {epochs: 12, batch: 16, rate: 0.01, seeds: [1, 2]}",
    ];
    const { code, stdout, stderr } = await train("bright", yaml.join("\n"));
    assert.equal(code, 0, stderr);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => trainingEventSchema.parse(JSON.parse(line)));
    const epochs = events.filter((event) => event.type === "epoch");
    assert.deepEqual([...new Set(epochs.map(({ seed }) => seed))], [1, 2]);
    assert.ok(epochs.some(({ accuracy }) => accuracy > 0.95));
    const last = events.at(-1)!;
    assert.ok(last.type === "done" && last.imported);
    assert.equal(last.network, "bright");
    assert.ok(last.accuracy > 0.95 && last.macroF1 > 0.95);
    const [planned] = events.filter((event) => event.type === "planned");
    assert.deepEqual(planned!.subjects, { train: 6, validation: 2, test: 0 });

    const result = trainingResultSchema.parse(
      JSON.parse(await readFile(at("bright.trained/training.json"), "utf8")),
    );
    assert.match(result.dataSha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(result.labels, ["happy", "sad", "surprise"]);
    assert.match(await readFile(at("bright.trained/bright/card.md"), "utf8"), /Nobody is in two parts/);

    const evaluated = await run("evaluate", "bright", at("set"), "--device", "cpu");
    const figures = JSON.parse(evaluated.stdout) as { sha256: string; accuracy: number };
    assert.equal(figures.sha256, result.runs[0]!.sha256);
    assert.ok(figures.accuracy > 0.95, evaluated.stdout);

    // The folder can be imported as well, and doing so once more changes nothing.
    assert.equal((await run("models", "import", last.folder)).code, 0);
    assert.equal((await run("models", "use", "bright", "--for", "expression")).code, 0);
    await makePhotoClip(at("clip.mp4"), 0.5);
    const analysed = await run("analyze", at("clip.mp4"), "--device", "cpu", "--out", at("clip.edin"));
    assert.equal(analysed.code, 0, analysed.stderr);
    const analysis = JSON.parse(await readFile(at("clip.edin/analysis.json"), "utf8")) as {
      models: { id: string; sha256: string }[];
      tracks: { meanEmotion: Record<string, number> }[];
    };
    assert.ok(analysis.models.some(({ id, sha256 }) => id === "bright" && sha256 === figures.sha256));
    assert.ok(analysis.tracks[0]!.meanEmotion["disgust"]! < 0.01);
  });

  it("trains a head on what was trained before, and removes that", async () => {
    const yaml = "title: Again\ndata: {path: set}\nnetwork: {of: bright}\ntrain: {epochs: 8, rate: 0.02}\n";
    const { code, stdout, stderr } = await train("again", yaml, "--no-import");
    assert.equal(code, 0, stderr);
    const last = trainingEventSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1)!));
    assert.ok(last.type === "done" && !last.imported && last.accuracy > 0.95);
    assert.equal((await run("models", "remove", "bright")).code, 0);
    assert.doesNotMatch((await run("models", "list")).stdout, /bright/);
  });

  it("takes sets of any labels for oneself, compares the ways of a grid, and refuses to write over results", async () => {
    const renamed = (await readFile(at("set/labels.csv"), "utf8")).replaceAll(",happy,", ",smile,");
    await makePictures(at("own"));
    await writeFile(at("own/labels.csv"), renamed);
    const yaml = [
      "title: Mine",
      "task: pictures",
      "data: {path: own, validation: 0.25, test: 0.25}",
      "network: {hidden: 8}",
      "train: {epochs: 12, batch: 16}",
      "grid: {train.rate: [0.00001, 0.02]}",
    ];
    const { code, stdout, stderr } = await train("mine", yaml.join("\n"));
    assert.equal(code, 0, stderr);
    const last = trainingEventSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1)!));
    assert.ok(last.type === "done" && !last.imported);
    assert.equal(last.network, "mine-2");
    const result = trainingResultSchema.parse(
      JSON.parse(await readFile(at("mine.trained/training.json"), "utf8")),
    );
    assert.deepEqual(result.labels, ["sad", "smile", "surprise"]);
    assert.deepEqual(
      result.runs.map(({ settings }) => settings["train.rate"]),
      [0.00001, 0.02],
    );
    assert.equal(result.runs[1]!.figures.part, "test");
    assert.ok((await train("mine", yaml.join("\n"))).stderr.startsWith("conflict"));
  });

  it("trains a small network from nothing, with pictures changed as it learns", async () => {
    const yaml = [
      "title: From nothing",
      "data: {path: set, validation: 0.25}",
      "network: {backbone: compact, width: 0.5, input: 24}",
      "denoise: {template: 3, search: 7}",
      "augment: {rotateDeg: 3, scale: 0.05, noise: 0.02}",
      "train: {epochs: 12, batch: 16, rate: 0.01}",
    ];
    const { code, stdout, stderr } = await train("nothing", yaml.join("\n"));
    assert.equal(code, 0, stderr);
    const last = trainingEventSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1)!));
    assert.ok(last.type === "done" && last.imported && last.accuracy > 0.95, stdout);
    const evaluated = await run("evaluate", "nothing", at("set"), "--device", "cpu");
    assert.ok((JSON.parse(evaluated.stdout) as { accuracy: number }).accuracy > 0.95, evaluated.stdout);
  });

  const sounds = "task: sounds\ndata: {path: sounds, validation: 0.25, subjects: subject}";
  for (const [name, network] of [
    ["mfcc", "{backbone: mfcc-cnn, width: 0.1, dropout: 0}"],
    ["voices", "{backbone: head, of: speech-compact}"],
  ] as const)
    it(`learns sounds: ${network}`, async () => {
      await makeSounds(at("sounds"));
      const learning = "train: {epochs: 30, batch: 12, rate: 0.004, stopAfter: 30}";
      const { code, stdout, stderr } = await train(
        name,
        `title: Sounds\n${sounds}\nnetwork: ${network}\n${learning}\n`,
      );
      assert.equal(code, 0, stderr);
      const last = trainingEventSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1)!));
      assert.ok(last.type === "done" && last.accuracy > 0.95, JSON.stringify(last));
    });

  it("learns from changed copies of sounds, and is judged on none", async () => {
    await makeSounds(at("few"), { each: 4 });
    const yaml = [
      `title: Few\n${sounds.replace("path: sounds", "path: few")}\nnetwork: {backbone: mfcc-cnn, width: 0.05}`,
      "augment: {pitch: 2, speed: 0.1, noise: 0.01}\ntrain: {epochs: 1}\n",
    ];
    const { code, stdout, stderr } = await train("few", yaml.join("\n"));
    assert.equal(code, 0, stderr);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => trainingEventSchema.parse(JSON.parse(line)));
    const [planned] = events.filter((event) => event.type === "planned");
    assert.deepEqual(planned!.samples, { train: 4 * 9, validation: 3, test: 0 });
    assert.ok(planned!.notes.some((note) => /3 changed copies/.test(note)));
  });

  for (const [what, code, make, data] of [
    ["one label", "not_enough_data", (set: string) => makePictures(set, { labels: ["sad"] }), {}],
    [
      "one person",
      "not_enough_data",
      (set: string) => rows(set, (row) => row.replace(/p\d$/, "p0")),
      { subjects: "subject" },
    ],
    [
      "labels that are none",
      "unknown_label",
      (set: string) => rows(set, (row) => row.replace("happy,", "jolly,")),
      {},
    ],
    [
      "no such column of persons",
      "invalid_csv",
      (set: string) => makePictures(set, { each: 2 }),
      { subjects: "who" },
    ],
    ["files of which none can be read", "not_enough_data", unreadable, {}],
    ["an empty label", "not_enough_data", emptyLabel, {}],
    ["no set", "not_found", () => Promise.resolve(), {}],
  ] as const)
    it(`refuses a set with ${what}`, async () => {
      const name = what.replaceAll(" ", "-");
      await make(at(name));
      const plan = planTraining({ title: "T", data: { path: name, ...data }, train: { epochs: 1 } });
      const started = trainHere(plan, {
        ...{
          folders: config,
          device: "cpu",
          folder,
          id: "x",
          outDir: at(`${name}.trained`),
          ...{ packages: folder, kept: at(`${name}.trained/.unfinished`) },
        },
        ...{ importIt: true, ffmpeg: await defaultFfmpeg(), onEvent: () => undefined },
        ...{ signal: new AbortController().signal, enough: new AbortController().signal },
      });
      await assert.rejects(started, { code });
      assert.ok(!(await isThere(at(`${name}.trained`))));
    });

  async function rows(set: string, change: (row: string) => string): Promise<void> {
    await makePictures(set, { each: 2 });
    const text = await readFile(path.join(set, "labels.csv"), "utf8");
    const [head, ...rest] = text.trim().split("\n");
    await writeFile(path.join(set, "labels.csv"), [head, ...rest.map(change)].join("\n"));
  }

  async function unreadable(set: string): Promise<void> {
    for (const label of ["happy", "sad"]) {
      await mkdir(path.join(set, label), { recursive: true });
      await writeFile(path.join(set, label, "1.png"), "no picture");
    }
  }

  async function emptyLabel(set: string): Promise<void> {
    await mkdir(path.join(set, "happy"), { recursive: true });
    await mkdir(path.join(set, "sad"));
    await writeFile(path.join(set, "happy", "1.png"), "x");
  }
});
