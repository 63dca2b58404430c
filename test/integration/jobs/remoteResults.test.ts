import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { Courier } from "../../../daemon/jobs/courier.ts";
import { createLog } from "../../../daemon/log.ts";
import { openJobs } from "../../../daemon/openJobs.ts";
import { Secret } from "../../../daemon/secret.ts";
import { findReceiver, type Receiver } from "../../../daemon/store/receivers.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { getJob, listJobs, type Job } from "../../../shared/protocol/jobs.ts";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import { AppError } from "../../../shared/errors.ts";
import { databases, type Place } from "../databases.ts";
import { endlessRun, startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

const jobs = { beatMs: 50, pollMs: 100, retryMs: 200, fullMs: 200 };
const listen = { workersListen: "127.0.0.1:0", jobs };

for (const { name, make } of databases.filter((database) => database.name === "PostgreSQL"))
  describe(`a worker without the daemon's folder, ${name}`, function () {
    this.timeout(180_000);
    let place: Place;
    let test: TestDaemon;
    let elsewhere: string;
    before(async () => {
      place = await make();
      // The daemon is busy with a job of its own that never ends.
      test = await startTestDaemon({ place, run: endlessRun, config: listen });
      elsewhere = await mkdtemp(path.join(os.tmpdir(), "edin-elsewhere-"));
      const { analysis } = await add();
      await state(analysis.id, "running");
    });
    after(async () => {
      await test[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
      await rm(elsewhere, { recursive: true });
    });
    const add = () => test.call(startAnalysis, { mediaPath: path.join(test.clips, "clip.mp4") });
    const state = (id: string, wanted: Job["state"]) =>
      until(async () => {
        const { job } = await test.call(getJob, { id });
        return job.state === wanted && job;
      }, 30_000);
    const results = (id: string) => path.join(place.dataDir, "analyses", id);
    const lines = "line\n".repeat(50_000);
    const writes: Runner = async ({ outDir }) => {
      await writeFile(path.join(outDir, "frames.jsonl"), lines);
      await writeFile(path.join(outDir, "analysis.json"), "{}");
    };
    const work = async (run: Runner, at = elsewhere) => {
      const config = place.config({ dataDir: at, jobs });
      const store = await openStore(config, createLog("error"));
      const opened = await openJobs(store, config, run, createLog("silent"), {
        recover: false,
        worker: true,
      });
      opened.jobs.start();
      return {
        async [Symbol.asyncDispose]() {
          await opened.jobs[Symbol.asyncDispose]();
          await store[Symbol.asyncDispose]();
        },
      };
    };
    const receiver = async (): Promise<Receiver> => {
      await using store = await openStore(place.config({ dataDir: elsewhere }), createLog("error"));
      return (await findReceiver(store.db))!;
    };

    it("sends its results, and keeps nothing", async () => {
      await using _worker = await work(writes);
      const { analysis } = await add();
      await state(analysis.id, "done");
      assert.deepEqual((await readdir(results(analysis.id))).toSorted(), ["analysis.json", "frames.jsonl"]);
      assert.equal(await readFile(path.join(results(analysis.id), "frames.jsonl"), "utf8"), lines);
      await until(async () => (await readdir(path.join(elsewhere, "worker", "analyses"))).length === 0);
    });

    it("waits with its results for a daemon that is away, and sends them when it is back", async () => {
      let wrote = 0;
      let away = false;
      {
        await using _worker = await work(async (...asked) => {
          await writes(...asked);
          wrote += 1;
          await test[Symbol.asyncDispose]();
          away = true;
        });
        const { analysis } = await add();
        await until(() => away, 60_000);
        test = await startTestDaemon({ place, run: endlessRun, config: listen });
        await state(analysis.id, "done");
        assert.equal(wrote, 1, "it did not have to work again");
        assert.equal(await readFile(path.join(results(analysis.id), "frames.jsonl"), "utf8"), lines);
      }
      // The daemon that is back is to be busy as well.
      await add();
      await until(async () => (await test.call(listJobs, { state: "running" })).jobs.length === 1);
    });

    it("gives a job back when its disk is full, and another one does it", async () => {
      const full: Runner = () => Promise.reject(new AppError("disk_full", "No room."));
      await using _full = await work(full);
      const { analysis } = await add();
      const back = await until(async () => {
        const { job } = await test.call(getJob, { id: analysis.id });
        return job.state === "queued" && job.progress !== undefined && job;
      });
      assert.match(back.progress!.text, /given back by .*disk is full/);
      const other = path.join(elsewhere, "other");
      await mkdir(other);
      await using _worker = await work(writes, other);
      await state(analysis.id, "done");
    });

    it("is refused with another key, and without one", async () => {
      const { address, key } = await receiver();
      for (const wrong of [Secret.random(), new Secret("")]) {
        const stranger = new Courier({ address, key: wrong });
        await assert.rejects(stranger.tell({ method: "GET", path: "/results/analyses/x" }), {
          code: "store_unavailable",
        });
      }
      await assert.rejects(fetch(`http://${address}/`));
      await assert.rejects(fetch(`https://${address}/`));
      const known = new Courier({ address, key });
      assert.equal(await known.tell({ method: "GET", path: "/api/status" }), false);
    });

    it("cannot end a job that is another run's, nor with files that did not come whole", async () => {
      const courier = new Courier(await receiver());
      const { jobs: running } = await test.call(listJobs, { state: "running" });
      const { id } = running[0]!;
      const at = (run: number, file = "") => `/results/analyses/${id}/${run}${file}`;
      const content = Buffer.from("half");
      const file = path.join(elsewhere, "half");
      await writeFile(file, content);
      const sha = createHash("sha256").update(content).digest("hex");
      const put = (run: number, hash = sha, file_ = "/a.jsonl") =>
        courier.tell({
          ...{ method: "PUT", path: at(run, file_), body: { file } },
          headers: { "content-length": String(content.length), "x-sha256": hash },
        });
      const publish = (run: number, files: { name: string; bytes: number }[]) =>
        courier.tell({ method: "POST", path: at(run), body: { json: { files } } });
      const ofRun = await until(async () => {
        for (let run = 1; run < 9; run += 1) if (await put(run).catch(() => false)) return run;
        return undefined;
      });
      await assert.rejects(put(ofRun + 1), { code: "conflict" });
      await assert.rejects(publish(ofRun + 1, []), { code: "conflict" });
      await assert.rejects(
        put(
          ofRun,
          sha.replace(/^./, (c) => (c === "0" ? "1" : "0")),
        ),
        { code: "invalid_request" },
      );
      await assert.rejects(publish(ofRun, [{ name: "a.jsonl", bytes: 5 }]), { code: "conflict" });
      await assert.rejects(publish(ofRun, []), { code: "conflict" });
      for (const name of ["/..%2fa", "/.hidden", "/a/b", "/%00"])
        assert.equal(await put(ofRun, sha, name), false, name);
      assert.equal((await test.call(getJob, { id })).job.state, "running");
    });

    it("gets the clip of a job that runs, and of no other", async () => {
      const courier = new Courier(await receiver());
      const { jobs: all } = await test.call(listJobs, {});
      const running = all.find((job) => job.state === "running")!;
      const clip = await courier.send({ method: "GET", path: `/clips/${running.id}` });
      const pieces: Buffer[] = [];
      for await (const piece of clip!) pieces.push(piece as Buffer);
      assert.deepEqual(Buffer.concat(pieces), Buffer.alloc(1000, 7));
      const done = all.find((job) => job.state === "done")!;
      assert.equal(await courier.send({ method: "GET", path: `/clips/${done.id}` }), undefined);
    });

    it("may go away in the middle of a clip or of a result without harm to the daemon", async () => {
      const courier = new Courier(await receiver());
      const { jobs: all } = await test.call(listJobs, { state: "running" });
      const { id } = all[0]!;
      await writeFile(path.join(test.clips, "clip.mp4"), Buffer.alloc(30_000_000));
      const clip = await courier.send({ method: "GET", path: `/clips/${id}` });
      clip!.destroy();
      const half = new AbortController();
      const file = path.join(test.clips, "clip.mp4");
      const headers = { "content-length": "40000000", "x-sha256": "0" };
      for (const run of [1, 2, 3]) {
        const path_ = `/results/analyses/${id}/${run}/a.jsonl`;
        const put = courier.tell({
          method: "PUT",
          path: path_,
          body: { file },
          headers,
          signal: half.signal,
        });
        setTimeout(() => half.abort(), 200);
        await assert.rejects(put);
      }
      assert.equal((await test.call(getJob, { id })).job.state, "running");
      assert.equal(await courier.tell({ method: "GET", path: `/results/analyses/${id}` }), false);
    });
  });
