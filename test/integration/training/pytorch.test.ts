import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { isThere } from "../../../daemon/missing.ts";
import { findPython, type Python } from "../../../daemon/training/pytorch/python.ts";
import { isAppError } from "../../../shared/errors.ts";
import {
  trainingEventSchema,
  trainingResultSchema,
  type TrainingEvent,
} from "../../../shared/protocol/training.ts";
import { makePictures } from "../../support/madeUpPictures.ts";
import { makeSounds } from "../../support/madeUpSounds.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { edin } from "../edin.ts";

const root = path.join(import.meta.dirname, "../../..");
const main = path.join(root, "daemon/main.ts");

describe("training in a process of its own", function () {
  this.timeout(900_000);
  let folder: string;
  let python: Python | undefined;
  const at = (name: string) => path.join(folder, name);
  const environment = () => ({
    EDIN_DATA_DIR: at("data"),
    ...(python !== undefined && { EDIN_PYTHON: python.path }),
  });
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-pytorch-"));
    await makePictures(at("set"), { each: 16 });
    const { signal } = new AbortController();
    python = await findPython({ folder: root, signal }).catch((error: unknown) => {
      if (!isAppError(error, "python_missing")) throw error;
      console.log(`      What needs PyTorch is only asked for its failure here: ${error.message}`);
      return undefined;
    });
  });
  after(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => edin(args, environment());

  /** Trains until it ends, or kills it once `until` is true of an event. */
  async function train(name: string, until: (event: TrainingEvent) => boolean = () => false) {
    const args = ["train", at(`${name}.training.yaml`), "--device", "cpu", "--json"];
    const child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
      env: { ...process.env, ...environment() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "close");
    const events: TrainingEvent[] = [];
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    for await (const line of readline.createInterface(child.stdout)) {
      const event = trainingEventSchema.parse(JSON.parse(line));
      events.push(event);
      if (until(event)) child.kill("SIGKILL");
    }
    const [code] = (await ended) as [number | null];
    return { code, events, stderr };
  }
  /** As if `edin` had been killed between an epoch's end, which the process that learns had kept, and hearing of it. */
  async function forgetLastEpoch(name: string): Promise<void> {
    const kept = at(`${name}.trained/.unfinished`);
    for (const lesson of await readdir(kept)) {
      if (await isThere(path.join(kept, lesson, "learned.bin"))) continue;
      const file = path.join(kept, lesson, "epochs.jsonl");
      const lines = (await readFile(file, "utf8")).split("\n").slice(0, -1);
      assert.ok(lines.length > 0);
      await writeFile(
        file,
        lines
          .slice(0, -1)
          .map((line) => `${line}\n`)
          .join(""),
      );
    }
  }
  const result = async (name: string) =>
    trainingResultSchema.parse(JSON.parse(await readFile(at(`${name}.trained/training.json`), "utf8")));

  it("PyTorch trains a network, which is imported, used by an analysis, and removed", async () => {
    const yaml = [
      "title: With PyTorch",
      "data: {path: set, validation: 0.25, subjects: subject}",
      "network: {backbone: xception, width: 0.1, input: 32}",
      "augment: {rotateDeg: 3, scale: 0.05, noise: 0.02, pitch: 2, speed: 0.1}",
      "train: {epochs: 24, batch: 8, rate: 0.01, stopAfter: 24}",
    ];
    await writeFile(at("torch.training.yaml"), yaml.join("\n"));
    const { code, events, stderr } = await train("torch");
    if (python === undefined) {
      assert.match(stderr, /^python_missing: .*-m pip install .*torch/);
      return;
    }
    assert.equal(code, 0, stderr);
    const [backend] = events.filter((event) => event.type === "backend");
    assert.equal(backend!.backend, "pytorch");
    assert.match(backend!.reason, /tfjs has no xception/);
    const last = events.at(-1)!;
    assert.ok(last.type === "done" && last.imported);
    assert.ok(last.accuracy > 0.95, JSON.stringify(last));
    assert.ok(last.notes.some((note) => note.includes("are for sounds")));
    const made = await result("torch");
    assert.ok(made.versions["torch"] !== undefined);
    assert.ok(made.epochs.every(({ trainAccuracy, rate }) => trainAccuracy > 0 && rate >= 0));

    const evaluated = await run("evaluate", "torch", at("set"), "--device", "cpu");
    assert.ok((JSON.parse(evaluated.stdout) as { accuracy: number }).accuracy > 0.95, evaluated.stdout);
    assert.equal((await run("models", "use", "torch", "--for", "expression")).code, 0);
    await makePhotoClip(at("clip.mp4"), 0.5);
    const analysed = await run("analyze", at("clip.mp4"), "--device", "cpu", "--out", at("clip.edin"));
    assert.equal(analysed.code, 0, analysed.stderr);
    assert.match(await readFile(at("clip.edin/analysis.json"), "utf8"), new RegExp(made.runs[0]!.sha256));
    assert.equal((await run("models", "remove", "torch")).code, 0);
    assert.doesNotMatch((await run("models", "list")).stdout, /torch/);
  });

  it("PyTorch trains the thesis's network of voices, which is used by an analysis", async () => {
    await makeSounds(at("voices"), { each: 16 });
    const table = await readFile(at("voices/labels.csv"), "utf8");
    const emotions = table
      .replaceAll(",steady,", ",neutral,")
      .replaceAll(",slow,", ",sad,")
      .replaceAll(",quick,", ",angry,");
    await writeFile(at("voices/labels.csv"), emotions);
    const yaml = [
      "title: Voices with PyTorch\ntask: speech\nbackend: pytorch",
      "data: {path: voices, validation: 0.25, subjects: subject}",
      "network: {backbone: mfcc-cnn, width: 0.1, dropout: 0}",
      "train: {epochs: 60, batch: 12, rate: 0.004, stopAfter: 25}",
    ];
    await writeFile(at("mfcc.training.yaml"), yaml.join("\n"));
    const { code, events, stderr } = await train("mfcc");
    if (python === undefined) {
      assert.match(stderr, /^python_missing: /);
      return;
    }
    assert.equal(code, 0, stderr);
    const last = events.at(-1)!;
    // Few of twelve that are held back may be missed; chance is a third.
    assert.ok(last.type === "done" && last.imported && last.accuracy > 0.6, JSON.stringify(last));
    const evaluated = await run("evaluate", "mfcc", at("voices"), "--device", "cpu");
    assert.ok((JSON.parse(evaluated.stdout) as { accuracy: number }).accuracy > 0.6, evaluated.stdout);
  });

  for (const [backend, seeds] of [
    ["tfjs", [1, 2]],
    ["pytorch", [1]],
  ] as const)
    it(`${backend} goes on from the last epoch after it was killed, to the very same network`, async () => {
      const yaml = [
        "title: Killed",
        `data: {path: set}\nbackend: ${backend}\nnetwork: {backbone: compact, width: 0.25, input: 24}`,
        `augment: {rotateDeg: 3}\ntrain: {epochs: 9, batch: 12, rate: 0.01, stopAfter: 9, seeds: [${seeds.join()}]}`,
      ];
      const [killed, whole] = [`${backend}-killed`, `${backend}-whole`];
      await writeFile(at(`${killed}.training.yaml`), yaml.join("\n"));
      await writeFile(at(`${whole}.training.yaml`), yaml.join("\n"));
      if (backend === "pytorch" && python === undefined) {
        assert.match((await train(killed)).stderr, /^python_missing: /);
        return;
      }
      // In the middle of the last seed.
      const first = await train(
        killed,
        (event) => event.type === "epoch" && event.seed === seeds.at(-1) && event.epoch === 2,
      );
      assert.equal(first.code, null);
      assert.ok(!(await isThere(at(`${killed}.trained/training.json`))));
      await forgetLastEpoch(killed);
      const again = await train(killed);
      assert.equal(again.code, 0, again.stderr);
      assert.ok(
        again.events.some(
          (event) => event.type === "note" && /Seed \d goes on after epoch \d/.test(event.note),
        ),
        JSON.stringify(again.events),
      );
      const epochs = again.events.flatMap((event) =>
        event.type === "epoch" ? [[event.seed, event.epoch]] : [],
      );
      assert.deepEqual(
        epochs,
        seeds.flatMap((seed) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((epoch) => [seed, epoch])),
      );
      assert.equal((await train(whole)).code, 0);
      const [one, other] = [await result(killed), await result(whole)];
      assert.equal(one.runs[0]!.sha256, other.runs[0]!.sha256);
      assert.ok(!(await isThere(at(`${killed}.trained/.unfinished`))));
    });

  it("learns with smaller batches where a card has too little memory, and says so", async () => {
    const checked = {
      path: at("small"),
      versions: { torch: "2" },
      missing: [],
      device: "cuda, A Small Card",
    };
    const told = { failed: "The device is out of memory. Use a smaller --batch or a narrower network." };
    const script = `case "$1" in -c) echo '${JSON.stringify(checked)}';; *) echo '${JSON.stringify(told)}'; exit 1;; esac`;
    await writeFile(at("small"), `#!/bin/sh\n${script}\n`);
    await chmod(at("small"), 0o755);
    const network = "network: {backbone: vgg16, width: 0.1, input: 32}\ntrain: {epochs: 1, batch: 16}";
    await writeFile(at("card.training.yaml"), `title: T\ndata: {path: set}\n${network}\n`);
    const args = ["train", at("card.training.yaml"), "--device", "cpu", "--json"];
    const { code, stdout, stderr } = await edin(args, {
      EDIN_DATA_DIR: at("data"),
      EDIN_PYTHON: at("small"),
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /^out_of_memory: The device is out of memory/m);
    const notes = stdout
      .split("\n")
      .flatMap((line) => /batches of (\d+): it went on with (\d+)/.exec(line)?.slice(1) ?? []);
    assert.deepEqual(notes, ["16", "8", "8", "4"]);
    assert.ok(!(await isThere(at("card.trained/training.json"))));
    assert.doesNotMatch((await run("models", "list")).stdout, /^card /m);
  });

  it("says what to install where a Python lacks it, and names one that does not run", async () => {
    const { signal } = new AbortController();
    const fake = async (name: string, script: string) => {
      await writeFile(at(name), `#!/bin/sh\n${script}\n`);
      await chmod(at(name), 0o755);
      return at(name);
    };
    const told = { path: "", versions: { python: "3.11.2" }, missing: ["torch", "onnx"], device: "cpu" };
    for (const [file, text] of [
      [await fake("lacking", `echo '${JSON.stringify(told)}'`), /-m pip install torch onnx/],
      [await fake("old", `echo '{"old": "3.8.1"}'`), /is Python 3\.8\.1; .* 3\.11/],
      [await fake("silent", "exit 0"), /no Python that can be used/],
      [await fake("broken", "exit 3"), /does not run/],
      [at("none"), /does not start/],
    ] as const)
      await assert.rejects(findPython({ folder, signal, python: file }), (error) => {
        assert.ok(isAppError(error, "python_missing"));
        assert.match(error.message, text);
        return true;
      });
  });
});
