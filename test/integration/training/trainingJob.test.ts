import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { isThere } from "../../../daemon/missing.ts";
import { cancelJob, deleteJob, getJob, retryJob } from "../../../shared/protocol/jobs.ts";
import { listModels } from "../../../shared/protocol/system.ts";
import {
  getTraining,
  startTraining,
  stopTraining,
  trainingDetailSchema,
} from "../../../shared/protocol/trainingRoutes.ts";
import type { TrainingEvent } from "../../../shared/protocol/training.ts";
import { makePictures } from "../../support/madeUpPictures.ts";
import { until } from "../../support/until.ts";
import { makePlace, type Place } from "../databases.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";

const waitMs = 200_000;

describe("trainings through the daemon", function () {
  this.timeout(400_000);
  let place: Place;
  let test: TestDaemon;
  before(async () => {
    place = await makePlace();
    test = await startTestDaemon({ place, config: { device: "cpu" } });
    await makePictures(path.join(test.clips, "set"), { each: 12 });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  async function write(name: string, train: string): Promise<string> {
    const file = path.join(test.clips, `${name}.training.yaml`);
    const network = "network: {backbone: compact, width: 0.25, input: 24}";
    await writeFile(file, `title: ${name}\ndata: {path: set}\n${network}\ntrain: ${train}\n`);
    return file;
  }
  const start = async (name: string, train: string) =>
    (await test.call(startTraining, { file: await write(name, train) })).job;
  const settled = (id: string) =>
    until(
      async () => {
        const { job } = await test.call(getJob, { id });
        return job.state !== "queued" && job.state !== "running" && job;
      },
      waitMs,
      "the end of the training",
    );
  const told = async (id: string) => (await test.call(getTraining, { id })).events;
  const epochsOf = (events: readonly TrainingEvent[]) =>
    events.flatMap((event) => (event.type === "epoch" ? [event.epoch] : []));
  const learning = (id: string, epochs: number) =>
    until(
      async () => {
        const { job, events } = await test.call(getTraining, { id });
        if (job.failure !== undefined) throw new Error(job.failure.message);
        return epochsOf(events).length >= epochs;
      },
      waitMs,
      `epoch ${epochs}`,
    );

  it("tell each epoch, end early when asked, and leave the best among the user's networks", async () => {
    const job = await start("early", "{epochs: 900, batch: 16, stopAfter: 900}");
    assert.equal(job.kind, "training");
    await learning(job.id, 3);
    // What a job tells of itself is written down a little later than its events.
    const { progress } = await until(
      async () => {
        const { job: running } = await test.call(getJob, { id: job.id });
        const detail = trainingDetailSchema.safeParse(running.progress?.detail).data;
        return detail !== undefined && detail.events >= 3 && (detail.secondsLeft ?? 0) > 0 && running;
      },
      waitMs,
      "the time that is left",
    );
    assert.equal(trainingDetailSchema.parse(progress!.detail).title, "early");
    assert.match(progress!.text, /^epoch \d+ of 900$/);
    await test.call(stopTraining, { id: job.id });
    assert.equal((await settled(job.id)).state, "done");
    const { events, total } = await test.call(getTraining, { id: job.id });
    assert.equal(events.length, total);
    const epochs = epochsOf(events);
    assert.deepEqual(
      epochs,
      epochs.map((_, i) => i + 1),
    );
    assert.ok(epochs.length < 900);
    const last = events.at(-1)!;
    assert.ok(last.type === "done" && last.imported);
    assert.ok(await isThere(path.join(last.folder, "model.onnx")), last.folder);
    const { models } = await test.call(listModels, {});
    assert.ok(models.some(({ id, origin }) => id === "early" && origin === "user"));
    const rest = await test.call(getTraining, { id: job.id, after: total - 1 });
    assert.deepEqual(rest.events, [last]);
    await assert.rejects(test.call(stopTraining, { id: job.id }), { code: "conflict" });
    await test.call(deleteJob, { id: job.id });
    await assert.rejects(test.call(getTraining, { id: job.id }), { code: "not_found" });
  });

  it("go on from the last epoch when the daemon was gone, and leave nothing when they are removed", async () => {
    const job = await start("gone", "{epochs: 8, batch: 4, stopAfter: 8}");
    await learning(job.id, 2);
    await test.daemon[Symbol.asyncDispose]();
    test = await startTestDaemon({ place, config: { device: "cpu" } });
    assert.equal((await test.call(getJob, { id: job.id })).job.state, "interrupted");
    const before = epochsOf(await told(job.id)).length;
    assert.ok(before >= 2);
    await test.call(retryJob, { id: job.id });
    assert.equal((await settled(job.id)).state, "done");
    const events = await told(job.id);
    assert.deepEqual(epochsOf(events), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.ok(events.some((event) => event.type === "note" && /goes on after epoch/.test(event.note)));

    const other = await start("other", "{epochs: 900, batch: 16, stopAfter: 900}");
    await learning(other.id, 1);
    const kept = test.daemon.jobs.folders("training").keptOf(other.id);
    await test.call(cancelJob, { id: other.id });
    assert.equal((await settled(other.id)).state, "cancelled");
    assert.ok(await isThere(kept));
    await test.call(deleteJob, { id: other.id });
    assert.ok(!(await isThere(kept)));
  });

  it("of a file with faults are refused at once, and fail with the reason where the set is none", async () => {
    const file = path.join(test.clips, "bad.training.yaml");
    await writeFile(file, "title: T\ndata: {path: set}\ntrain: {epochs: many}\n");
    await assert.rejects(test.call(startTraining, { file }), { code: "invalid_training" });
    await writeFile(file, "title: T\ndata: {path: nowhere}\n");
    const { job } = await test.call(startTraining, { file });
    const ended = await settled(job.id);
    assert.equal(ended.state, "failed");
    assert.equal(ended.failure!.code, "not_found");
  });
});
