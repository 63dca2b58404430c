import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { evaluateClasses, type ClassTask } from "../../../daemon/evaluation/classes.ts";
import { evaluate } from "../../../daemon/evaluation/evaluate.ts";
import { openModels } from "../../../daemon/inference/models.ts";
import { expressionLabels } from "../../../shared/emotion/labels.ts";
import { AppError, isAppError, type ErrorCode } from "../../../shared/errors.ts";
import { edin } from "../edin.ts";

const modelsDir = path.join(import.meta.dirname, "../../fixtures/models");
const code = (wanted: ErrorCode) => (error: unknown) => isAppError(error, wanted);

/** A network that reads the answer from the file's name: `happy_0.8_x.png`, `missed_x.png`, `broken_x.png`. */
const byName: ClassTask = {
  known: expressionLabels,
  labels: ["neutral", "happy", "sad", "angry"],
  read: (file) => {
    const [label, probability] = path.basename(file).split("_");
    if (label === "missed") return Promise.resolve(undefined);
    if (label === "broken") return Promise.reject(new AppError("media_unreadable", "It is damaged."));
    const p = Number(probability);
    const rest = (1 - p) / 3;
    const all = { neutral: rest, happy: rest, sad: rest, angry: rest, [label!]: p };
    return Promise.resolve(all);
  },
};

describe("evaluation of classes", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "edin-set-"))));
  afterEach(() => rm(folder, { recursive: true }));

  async function put(...files: string[]): Promise<void> {
    for (const file of files) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), "x");
    }
  }

  it("scores a folder of classes, with missed faces as errors and unreadable files listed", async () => {
    await put(
      ...[
        "happy/happy_0.7_1",
        "happy/happy_0.7_2",
        "happy/sad_0.7_3",
        "happy/deep/missed_4",
        "happy/broken_5",
      ],
      ...["sad/sad_0.7_1", "sad/sad_0.7_2", "sad/.hidden", "__MACOSX/x"],
    );
    const result = await evaluateClasses(folder, byName, {});
    assert.deepEqual(result.labels, ["happy", "sad"]);
    assert.equal(result.n, 6);
    assert.equal(result.missed, 1);
    assert.equal(result.accuracy, 4 / 6);
    assert.equal(result.uar, (2 / 4 + 1) / 2);
    assert.deepEqual(result.confusion, [
      [2, 1],
      [0, 2],
    ]);
    assert.equal(result.perClass["happy"]?.n, 4);
    // 0.7 against 0.1: renormalised over the two labels of the set, 7/8 confident and 4 of 5 right.
    assert.ok(Math.abs(result.ece! - (7 / 8 - 4 / 5)) < 1e-12);
    assert.deepEqual(result.unreadable, [
      { path: path.join("happy", "broken_5"), code: "media_unreadable", reason: "It is damaged." },
    ]);
    assert.match(result.notes.join(" "), /The set has no neutral, angry\. .*renormalised over happy, sad/);
  });

  it("clusters the interval by subject where the table names them", async () => {
    const rows = ["a", "b", "c"].flatMap((subject) =>
      // Person a is always right, person c never.
      [1, 2, 3, 4].map((i) => {
        const said = subject === "a" || (subject === "b" && i > 2) ? "happy" : "sad";
        return [`${said}_0.9_${subject}${i}`, "happy", subject];
      }),
    );
    await put(...rows.map(([file]) => file!), "sad_0.9_z");
    await writeFile(
      path.join(folder, "labels.csv"),
      `path,label,subject\n${rows.map((r) => r.join()).join("\n")}\nsad_0.9_z,sad,c\n`,
    );
    const clustered = await evaluateClasses(folder, byName, {});
    assert.equal(clustered.subjects, 3);
    assert.equal(clustered.accuracy, 7 / 13);
    const [low, high] = clustered.accuracyInterval;
    assert.ok(low <= 0.25 && high === 1, `${low} to ${high}`);
    assert.deepEqual((await evaluateClasses(folder, byName, {})).accuracyInterval, [low, high]);
  });

  it("leaves out what the network has no label for, and says so", async () => {
    await put("happy/happy_0.9_1", "sad/sad_0.9_1", "contempt/happy_0.9_1", "contempt/happy_0.9_2");
    const result = await evaluateClasses(folder, byName, {});
    assert.equal(result.n, 2);
    assert.match(result.notes.join(" "), /no contempt: left out: 2 files/);
  });

  it("reads the whole table whatever its paths' order, and counts missing files as unreadable", async () => {
    await put("happy_0.9_1", "sad_0.9_2");
    await writeFile(
      path.join(folder, "labels.csv"),
      "label,path\nhappy,happy_0.9_1\nsad,sad_0.9_2\nsad,broken_3\n",
    );
    const result = await evaluateClasses(folder, byName, {});
    assert.equal(result.n, 2);
    assert.equal(result.unreadable.length, 1);
  });

  const faults: [name: string, files: string[], table: string | undefined, code: ErrorCode][] = [
    ["a label that EDIN does not know", ["happiness/a"], undefined, "unknown_label"],
    ["labels of which the network knows none", ["fear/fear_1_a"], undefined, "unknown_label"],
    ["an empty folder", [], undefined, "not_enough_data"],
    ["a set of which nothing can be read", ["happy/broken_1"], undefined, "not_enough_data"],
    ["a table without labels", [], "path,subject\na,b\n", "invalid_csv"],
    ["a path that leaves the set", [], "path,label\n../a,happy\n", "invalid_path"],
    ["an absolute path", [], "path,label\n/etc/passwd,happy\n", "invalid_path"],
  ];
  for (const [name, files, table, wanted] of faults)
    it(`refuses ${name} as ${wanted}`, async () => {
      await put(...files);
      if (table !== undefined) await writeFile(path.join(folder, "labels.csv"), table);
      await assert.rejects(evaluateClasses(folder, byName, {}), code(wanted));
    });

  it("stops when it is told to", async () => {
    await put("happy/happy_0.9_1");
    await assert.rejects(
      evaluateClasses(folder, byName, { signal: AbortSignal.abort() }),
      (error: Error) => error.name === "AbortError",
    );
  });

  describe("with a network", () => {
    async function pictures(): Promise<void> {
      await mkdir(path.join(folder, "happy"));
      await mkdir(path.join(folder, "sad"));
      const make = (width: number, height: number, background: string) =>
        sharp({ create: { width, height, channels: 3, background } });
      await make(200, 300, "#804020").jpeg().toFile(path.join(folder, "happy/a.jpg"));
      await make(7, 5, "#ffffff").grayscale().png().toFile(path.join(folder, "happy/b.png"));
      await make(48, 48, "#000000").webp().toFile(path.join(folder, "sad/c.webp"));
      await writeFile(path.join(folder, "sad/d.jpg"), "not a picture");
    }

    it("runs the default of a task on pictures of any size", async () => {
      await pictures();
      await using models = await openModels({ modelsDir, device: "cpu" });
      const result = await evaluate("expression", folder, { models, faces: "crop" });
      assert.deepEqual([result.model, result.task, result.n, result.missed], ["tiny", "expression", 3, 0]);
      assert.equal(result.unreadable.count, 1);
      assert.equal(result.unreadable.files[0]?.code, "media_unsupported");
      assert.equal(result.sha256, models.manifest.models[0]?.sha256);
    });

    it("from the command line: JSON on stdout or in a file, progress on stderr", async function () {
      this.timeout(120_000);
      await pictures();
      const environment = { EDIN_MODELS_DIR: modelsDir };
      const printed = await edin(["evaluate", "tiny", folder], environment);
      assert.equal(printed.code, 0, printed.stderr);
      assert.match(printed.stderr, /4 of 4/);
      const out = path.join(folder, "result.json");
      const written = await edin(["evaluate", "tiny", folder, "--out", out], environment);
      assert.equal(written.stdout, "");
      assert.equal((JSON.parse(printed.stdout) as { n: number }).n, 3);
      assert.deepEqual(JSON.parse(await readFile(out, "utf8")), JSON.parse(printed.stdout));
    });
  });
});
