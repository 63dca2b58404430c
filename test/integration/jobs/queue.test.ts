import assert from "node:assert/strict";
import { AppError } from "../../../shared/errors.ts";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { createLog } from "../../../daemon/log.ts";
import { openJobs } from "../../../daemon/openJobs.ts";
import type { ClaimedJob } from "../../../daemon/store/jobRows.ts";
import { Jobs } from "../../../daemon/store/jobs.ts";
import { openStore, type Store } from "../../../daemon/store/store.ts";
import { databases, type Place } from "../databases.ts";
import { until } from "../../support/until.ts";

const policy = { maxTries: 2, afterSeconds: 0 };
const settlement = { publish: () => Promise.resolve(), withdraw: () => Promise.resolve() };

for (const { name, make } of databases)
  describe(`the queue on ${name}`, function () {
    this.timeout(180_000);
    let place: Place;
    let store: Store;
    let jobs: Jobs;
    before(async () => {
      place = await make();
      store = await openStore(place.config(), createLog("error"));
      jobs = new Jobs(store.db);
    });
    afterEach(async () => {
      await store.db.deleteFrom("jobs").execute();
    });
    after(async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });
    const add = async (owner: string, i = 0, priority = 0) =>
      (await jobs.add({ kind: "analysis", request: { owner, i }, owner, priority })).id;
    const claim = () => jobs.claim("worker", "analysis");
    const end = (run: ClaimedJob) => jobs.finish(run, { state: "done" }, settlement);

    it("lets owners take turns, each with the job that waited longest", async () => {
      for (let i = 0; i < 4; i++) await add("long", i);
      for (let i = 0; i < 2; i++) await add("short", i);
      const order: string[] = [];
      for (let run = await claim(); run !== undefined; run = await claim()) {
        order.push(`${run.owner} ${String(run.request["i"])}`);
        await end(run);
      }
      assert.deepEqual(order, ["long 0", "short 0", "long 1", "short 1", "long 2", "long 3"]);
    });

    it("gives the next place to the owner who has fewest at work", async () => {
      for (let i = 0; i < 4; i++) await add("a", i);
      await claim();
      await claim();
      await add("b");
      await claim();
      await add("b", 1);
      const next = await claim();
      assert.equal(next?.owner, "b");
    });

    it("takes what is urgent first, also when that is said later", async () => {
      const usual = await add("a");
      const urgent = await add("b", 0, 5);
      const later = await add("a", 1);
      assert.equal((await jobs.setPriority(later, 9))?.priority, 9);
      const order = [await claim(), await claim(), await claim()].map((run) => run?.id);
      assert.deepEqual(order, [later, urgent, usual]);
      assert.equal(await jobs.setPriority(later, 1), undefined);
    });

    it("lists those that wait in the order in which they are taken", async () => {
      for (const [i, [owner, priority]] of (
        [
          ...[
            ["c", 0],
            ["a", 0],
            ["a", 0],
            ["a", 5],
            ["b", 0],
            ["c", 0],
            ["b", 5],
            ["b", 5],
          ],
          ...[
            ["d", 0],
            ["a", 0],
            ["d", -1],
            ["d", -1],
            ["a", -1],
            ["c", 0],
          ],
        ] as [string, number][]
      ).entries())
        await add(owner, i, priority);
      // Owners differ in what they have at work, and in when they were served.
      for (let i = 0; i < 4; i++) await claim();
      const later = (await claim())!;
      await jobs.finish(later, { state: "interrupted" }, settlement, { maxTries: 2, afterSeconds: 3600 });
      const listed = await jobs.next("analysis", { skip: 0, limit: 100 });
      assert.deepEqual(
        (await jobs.next("analysis", { skip: 3, limit: 2 })).map(({ id }) => id),
        listed.slice(3, 5).map(({ id }) => id),
      );
      const taken: string[] = [];
      for (let run = await claim(); run !== undefined; run = await claim()) taken.push(run.id);
      assert.equal(taken.length, 9);
      assert.deepEqual(
        listed.map(({ id }) => id),
        [...taken, later.id],
      );
    });

    it("gives a job that is tried again its place in the line", async () => {
      const first = await add("a");
      await add("a", 1);
      const run = (await claim())!;
      await jobs.finish(run, { state: "interrupted" }, settlement, policy);
      const again = (await claim())!;
      assert.equal(again.id, first);
      await jobs.giveBack(again, "the disk is full");
      assert.equal((await claim())?.id, first);
    });

    it("begins nothing while it is paused, and goes on afterwards", async () => {
      await add("a");
      await jobs.pause("analysis", true);
      await jobs.pause("analysis", true);
      assert.equal(await claim(), undefined);
      assert.deepEqual((await jobs.overview()).paused, ["analysis"]);
      await jobs.pause("analysis", false);
      assert.notEqual(await claim(), undefined);
    });

    it("counts the whole: by kind and state, who waits and who works", async () => {
      for (const owner of ["b", "a", "a"]) await add(owner);
      const run = (await claim())!;
      await claim();
      await jobs.finish(run, { state: "done" }, settlement, policy);
      const { kinds, owners, workers } = await jobs.overview();
      const [{ kind, states } = { kind: "none", states: {} }] = kinds;
      assert.deepEqual([kind, states], ["analysis", { queued: 1, running: 1, done: 1 }]);
      assert.deepEqual(owners, [{ owner: "a", queued: 1 }]);
      assert.deepEqual(
        workers.map(({ running, done, failed }) => [running, done, failed]),
        [[1, 1, 0]],
      );
    });

    it("gives each of many who come at once a job of its own", async () => {
      for (let i = 0; i < 24; i++) await add(`owner ${i % 5}`, i);
      const taken: string[] = [];
      const work = async () => {
        for (let run = await claim(); run !== undefined; run = await claim()) taken.push(run.id);
      };
      await Promise.all(Array.from({ length: 6 }, work));
      // Whoever found all heads taken comes again.
      await work();
      assert.equal(taken.length, 24);
      assert.equal(new Set(taken).size, 24);
    });

    it("tries a job again whose process died, and sets it aside the second time, with its last words", async () => {
      const id = await add("a");
      const die = async () =>
        jobs.finish(
          (await claim())!,
          { state: "interrupted", failure: { code: "interrupted", message: "died" }, log: "segfault" },
          settlement,
          policy,
        );
      assert.equal((await die())?.state, "queued");
      const aside = await die();
      assert.deepEqual(
        [aside?.state, aside?.log, aside?.failure?.code],
        ["failed", "segfault", "interrupted"],
      );
      assert.match(aside!.failure!.message, /2 times/);
      assert.equal(await claim(), undefined);
      assert.equal((await jobs.retry(id))?.log, undefined);
      assert.equal((await die())?.state, "queued");
    });

    it("waits before a second try", async () => {
      await add("a");
      const run = await claim();
      await jobs.finish(run!, { state: "interrupted" }, settlement, { maxTries: 2, afterSeconds: 3600 });
      assert.equal(await claim(), undefined);
    });

    it("lets a run go on that was taken for dead, as long as nobody took its job", async () => {
      await add("a");
      const run = (await claim())!;
      const inPlace = () => Promise.resolve(false);
      const again = () => ({ maxTries: 2, afterSeconds: 3600 });
      const died = { code: "interrupted" as const, message: "died" };
      const [waiting] = await jobs.endSilent(0, died, [], inPlace, again);
      assert.equal(waiting?.state, "queued");
      assert.equal(await jobs.beat(run), "go_on");
      assert.equal((await end(run))?.state, "done");
    });

    it("tries an analysis again by itself, and says so", async () => {
      let runs = 0;
      const dies: Runner = (_request, { log }) => {
        runs += 1;
        log.warn("process_said", { text: `words of run ${runs}` });
        return Promise.reject(new AppError("interrupted", "It died."));
      };
      const config = place.config({
        roots: [place.dataDir],
        jobs: { beatMs: 50, pollMs: 100, maxTries: 2, retryMs: 100 },
      });
      const opened = await openJobs(store, config, dies, createLog("silent"), { recover: false });
      await using service = opened.jobs;
      service.start();
      const { id } = await service.add({ kind: "analysis", request: { mediaPath: place.dataDir } });
      const job = await until(async () => {
        const now = await service.get(id);
        return now.state === "failed" && now;
      }, 30_000);
      assert.equal(runs, 2);
      const lines = job.log!.trim().split("\n");
      const events = lines.map((line) => JSON.parse(line) as { event: string; job: string; text?: string });
      assert.deepEqual(
        events.map(({ event }) => event),
        ["job_begun", "process_said", "job_failed"],
      );
      assert.equal(events[1]!.text, "words of run 2");
      assert.ok(events.every((one) => one.job === id));
    });
  });
