import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import os from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { createLog } from "../../../daemon/log.ts";
import { readManifest } from "../../../daemon/inference/manifest.ts";
import { analysisJob } from "../../../daemon/store/analyses.ts";
import { Jobs } from "../../../daemon/store/jobs.ts";
import { Roots } from "../../../daemon/store/roots.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { createProgram } from "../../../daemon/cli.ts";
import { itemColumns } from "../../../shared/beq/responseTable.ts";
import { madeUpCalibration } from "../../support/madeUpCalibration.ts";
import { makePictures } from "../../support/madeUpPictures.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { writeSyntheticStudy } from "../../support/syntheticStudy.ts";
import { databases } from "../databases.ts";
import { until } from "../../support/until.ts";
import { WatchedNetwork } from "./watch.ts";

const root = path.join(import.meta.dirname, "../../..");

describe("nothing leaves the machine", function () {
  this.timeout(300_000);
  let folder: string;
  let network: WatchedNetwork;
  const at = (name: string) => path.join(folder, name);
  /** Commands that have run, without their arguments. */
  const seen = new Set<string>();
  const names = leaves(createProgram("test"));

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-silent-"));
    network = await WatchedNetwork.open();
    await makePhotoClip(at("clip.mp4"), 0.5);
  });
  after(async () => {
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a command, holds it to its silence, and gives what it printed. */
  async function silent(...args: string[]): Promise<string> {
    seen.add(names.find((name) => `${args.join(" ")} `.startsWith(`${name} `))!);
    const { code, output, reached } = await network.edin(args, { EDIN_DATA_DIR: at("data") });
    assert.equal(code, 0, `${args.join(" ")}: ${output}`);
    assert.deepEqual(reached, [], args.join(" "));
    return output.trim();
  }

  it("and the watch hears a library that does send: ONNX Runtime as it comes", async () => {
    const home = at("control");
    await mkdir(home);
    const script = `
      const model = require("node:fs").readFileSync("models/eec/model.onnx");
      require("onnxruntime-node").InferenceSession.create(model);
      process.stdin.resume();`;
    const running = network.start(["-e", script], { HOME: home });
    await until(async () => (await running.reached()).length > 0, 60_000);
    running.stop();
    const { reached } = await running.ended;
    assert.ok(reached.every((line) => line.includes("htons(53)")));
    assert.ok((await readdir(home, { recursive: true })).some((name) => name.endsWith("deviceid")));
  });

  it("when networks are listed, checked and measured", async () => {
    await silent("models", "list");
    await silent("models", "show", "face");
    await silent("models", "verify");
    await offerNetwork(at("offered"));
    await silent("models", "import", at("offered"));
    await silent("models", "use", "mine", "--for", "eye-state");
    await silent("models", "remove", "mine");
    await silent("avatars", "list");
    await silent("avatars", "import", path.join(root, "models/avatars/ada.glb"), "--name", "own");
    await silent("avatars", "remove", "own");
    await mkdir(at("set/happy"), { recursive: true });
    const picture = path.join(root, "node_modules/@vladmandic/face-api/demo/sample1.jpg");
    await writeFile(at("set/happy/one.jpg"), await readFile(picture));
    await silent("evaluate", "expression", at("set"), "--faces", "detect");
    await silent("calibrate", "expression", "--reset");
    await silent("doctor");
  });

  it("when a network is trained", async () => {
    await makePictures(at("bright"), { each: 8 });
    await writeFile(at("bright.training.yaml"), "title: T\ndata: {path: bright}\ntrain: {epochs: 2}\n");
    await silent("train", at("bright.training.yaml"), "--no-import");
  });

  it("when clips are analysed, at once, live, in an experiment and in the demo", async () => {
    await silent("analyze", at("clip.mp4"), "--out", at("multimodal.edin"));
    await silent("analyze", at("clip.mp4"), "--pipeline", "evm", "--device", "cpu", "--out", at("evm.edin"));
    await silent("live", "--source", `file:${at("clip.mp4")}`, "--record", "--out", at("live.edin"));
    const file = at("one.experiment.json");
    await writeFile(file, JSON.stringify({ title: "One", clips: ["clip.mp4"] }));
    await silent("experiment", file);
    await silent("demo", at("clip.mp4"), "--no-serve", "--data-dir", at("demo"));
  });

  it("when labels are converted and compared, and faces are hidden", async () => {
    const cue = "WEBVTT\n\n00:00.000 --> 00:00.400\nhappy\n";
    await writeFile(at("clip.ann1.vtt"), cue);
    for (const who of ["ann1", "ann2"])
      await silent(
        "labels",
        "convert",
        at("clip.ann1.vtt"),
        at(`clip.${who}.labels.json`),
        "--annotator",
        who,
      );
    for (const who of ["ann1", "ann2"]) {
      const file = at(`clip.${who}.labels.json`);
      await writeFile(file, (await readFile(file, "utf8")).replace("clip.ann1.mp4", "clip.mp4"));
    }
    await silent("labels", "agreement", at("clip.ann1.labels.json"), at("clip.ann2.labels.json"));
    await silent("labels", "statistics", at("clip.ann1.labels.json"));
    await silent("labels", "evaluate", at("clip.ann1.labels.json"), at("multimodal.edin"));
    await silent("labels", "assign", folder, "--annotators", "ann1,ann2");
    await silent("labels", "dataset", folder, "--out", at("faces"));
    await silent("redact", at("clip.mp4"), "--device", "cpu", "--out", at("hidden.mp4"));
  });

  it("when questionnaires are scored and validated", async () => {
    await writeFile(at("answers.csv"), `participant,${itemColumns.join(",")}\np1${",4".repeat(16)}\n`);
    await silent("beq", "score", at("answers.csv"), "--plots", at("plots"));
    await writeSyntheticStudy(at("study"), { n: 4 });
    await silent("beq", "validate", at("study"), "--out", at("report"), "--resamples", "99");
  });

  it("while the daemon runs: studies, forms, archives, a live session", async () => {
    const serve = network.start(
      [path.join(root, "dist/edin.js"), "serve", "--root", folder, "--stdio-lifetime"],
      {
        EDIN_DATA_DIR: at("data"),
      },
    );
    seen.add("serve");
    await until(() => readFile(at("data/daemon.json")).catch(() => undefined), 60_000);
    await silent("open", "--print");
    await silent("status");
    await silent("queue", "pause");
    await silent("queue", "show");
    await silent("queue", "resume");
    await writeFile(at("consent.txt"), "I agree.");
    const cutoffs = { schemaVersion: 1, nex: [3, 4], pex: [3, 4], str: [3, 4] };
    await writeFile(at("cutoffs.json"), JSON.stringify(cutoffs));
    const study = await silent("study", "create", "Pilot", "--consent", at("consent.txt"));
    await silent("study", "consent", study, at("consent.txt"));
    await silent("study", "cutoffs", study, at("cutoffs.json"));
    await silent("study", "participant", "add", study, "p1", "p2", "--retain-until", "2020-01-01");
    await silent("study", "participant", "set", study, "p1", "--covariate", "age=31");
    await writeFile(at("p2.gaze.json"), JSON.stringify(madeUpCalibration("27")));
    const gaze = (file: string) => silent("study", "participant", "set", study, "p2", "--gaze", file);
    await silent("study", "participant", "set", study, "p2", "--consent", "2", "--by", "kim");
    await gaze(at("p2.gaze.json"));
    assert.match(await silent("study", "show", study), /2026-11-27, 3\.5 degrees/);
    await gaze("none");
    assert.doesNotMatch(await silent("study", "show", study), /degrees/);
    await silent("beq", "import", study, at("answers.csv"));
    const session = await silent("study", "session", "add", study, "p2");
    await silent("study", "session", "link", session);
    const live = path.join(import.meta.dirname, "liveOnDaemon.ts");
    const played = await network.run(["--import", "tsx", live, at("data"), at("clip.mp4")]);
    assert.deepEqual([played.code, played.reached], [0, []], played.output);
    // It is done, so it cannot be moved; the daemon was asked all the same.
    const moved = await network.edin(["queue", "move", played.output.trim(), "3"], {
      EDIN_DATA_DIR: at("data"),
    });
    seen.add("queue move");
    assert.match(moved.output, /Only one that waits/);
    assert.deepEqual(moved.reached, []);
    await silent("study", "session", "analysis", session, played.output.trim(), "--condition", "film");
    const part = [session, played.output.trim(), "--from", "0", "--to", "0.2"];
    await silent("study", "session", "report", ...part, "--felt", "happy");
    await silent("study", "table", study, "--out", at("table.csv"));
    await silent("study", "link", study, "--pattern", "{participant}_*", "--dry-run");
    await writeFile(at("events.csv"), "file,start_s,end_s,name\nclip.mp4,0,0.2,joke\n");
    await silent("study", "events", study, at("events.csv"), "--yes");
    await silent("study", "faces", "list", study);
    // There is one clip, and two faces are never told apart there; the daemon was asked all the same.
    for (const [name, ...rest] of [
      ["find"],
      ["same", "clip.mp4:1", "clip.mp4:2", "--name", "Ida", "--by", "kim"],
      ["different", "clip.mp4:1", "clip.mp4:2", "--by", "kim"],
      ["open", "clip.mp4:1", "clip.mp4:2", "--by", "kim"],
    ] as const) {
      const refused = await network.edin(["study", "faces", name, study, ...rest], {
        EDIN_DATA_DIR: at("data"),
      });
      seen.add(`study faces ${name}`);
      assert.match(refused.output, name === "find" ? /Link two clips/ : /no such pair/);
      assert.deepEqual(refused.reached, []);
    }
    await silent("study", "report", study, "--out", at("measures"), "--resamples", "99");
    await silent("study", "notebook", study, "--out", at("notebook"));
    await silent("study", "list");
    await silent("study", "show", study);
    await silent("study", "export", study, "--out", at("pilot.zip"));
    await silent("study", "session", "delete", session, "--yes");
    await silent("study", "participant", "delete", study, "p1", "--yes");
    await silent("study", "purge", "--yes");
    await silent("study", "delete", study, "--yes");
    await silent("study", "import", at("pilot.zip"));
    serve.stop();
    const { code, output, reached } = await serve.ended;
    assert.deepEqual([code, reached], [0, []], output);
    await silent("backup", at("all.zip"));
    await silent("restore", at("all.zip"), "--data-dir", at("restored"));
  });

  for (const database of databases.filter(({ name }) => name === "PostgreSQL")) {
    it("while a worker takes analyses of a shared database", async () => {
      await using place = await database.make();
      // A socket in a folder crosses the border of the namespace, a port does not.
      await using bridge = await bridgeTo(place.databaseUrl!, folder);
      await using store = await openStore(place.config(), createLog("error"));
      const jobs = new Jobs(store.db);
      await new Roots(store.db).grant(folder);
      const asked = { mediaPath: at("clip.mp4"), pipeline: "multimodal", config: {} } as const;
      const { id } = await jobs.add(analysisJob(asked));
      const worker = network.start([path.join(root, "dist/edin.js"), "worker"], {
        EDIN_DATA_DIR: place.dataDir,
        EDIN_DATABASE_URL: bridge.url,
      });
      seen.add("worker");
      await until(async () => (await jobs.get(id))?.finishedAt, 60_000).catch(() => undefined);
      assert.equal((await jobs.get(id))?.state, "done", worker.output());
      await worker.terminate();
      const { code, output, reached } = await worker.ended;
      assert.deepEqual([code, reached], [0, []], output);
    });
  }

  it("whichever command it is: each has been watched, and none left a file in the home folder", async () => {
    // The worker needs the server that CI starts (test/integration/postgres.sh).
    const needed = names.filter((name) => name !== "worker" || databases.length > 1);
    assert.deepEqual([...seen].toSorted(), needed.toSorted());
    assert.deepEqual(await network.filesAtHome(), []);
  });
});

/** A folder with a network as a recipe leaves it. */
async function offerNetwork(folder: string): Promise<void> {
  const { models } = await readManifest({ modelsDir: path.join(root, "models") });
  const entry = models.find(({ id }) => id === "eye-state-compact")!;
  await cp(path.join(root, "models", entry.id), path.join(folder, entry.id), { recursive: true });
  await writeFile(
    path.join(folder, "manifest.json"),
    JSON.stringify({ version: 1, models: [{ ...entry, id: "mine" }] }),
  );
}

/** Names of the commands that do something, as `study participant add`. */
function leaves(command: Command, above: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [above.join(" ")];
  return command.commands.flatMap((one) => leaves(one, [...above, one.name()]));
}

/** A socket in a folder that leads to a server, and the address that names it. */
async function bridgeTo(server: string, folder: string): Promise<AsyncDisposable & { readonly url: string }> {
  const url = new URL(server);
  const { hostname, port } = url;
  const bridge = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  });
  await new Promise<void>((resolve) => bridge.listen(path.join(folder, ".s.PGSQL.5432"), resolve));
  url.host = "localhost:5432";
  url.searchParams.set("host", folder);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => bridge.close(resolve));
    },
  };
}
