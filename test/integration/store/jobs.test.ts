import assert from "node:assert/strict";
import { createLog, type Log } from "../../../daemon/log.ts";
import type { ClaimedJob, JobEnd } from "../../../daemon/store/jobRows.ts";
import { Jobs } from "../../../daemon/store/jobs.ts";
import { openStore, type Store } from "../../../daemon/store/store.ts";
import { isAppError } from "../../../shared/errors.ts";
import { databases, type Place } from "../databases.ts";

const asked = (name: string) => ({
  kind: "analysis",
  request: { mediaPath: `/clips/${name}`, config: { seed: 1, nested: { list: [1, "two", null] } } },
});
const interrupted = { code: "interrupted" as const, message: "x" };

for (const database of databases) {
  describe(`store of jobs on ${database.name}`, () => {
    const lines: string[] = [];
    const log: Log = createLog("warn", (line) => lines.push(line));
    let place: Place;
    let store: Store;
    let jobs: Jobs;
    /** What was done with the files of runs. */
    let files: string[] = [];

    const take = async (worker = "worker") => jobs.claim(worker, "analysis");
    const finish = (run: ClaimedJob, end: JobEnd) =>
      jobs.finish(run, end, {
        publish: () => Promise.resolve(void files.push("published")),
        withdraw: () => Promise.resolve(void files.push("withdrawn")),
      });
    const endSilent = (seconds: number, { inPlace = false, ours = [] as string[] } = {}) =>
      jobs.endSilent(seconds, interrupted, ours, () => Promise.resolve(inPlace));

    before(async function () {
      this.timeout(180_000);
      place = await database.make();
      store = await openStore(place.config(), log);
      jobs = new Jobs(store.db);
    });
    after(async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
      assert.deepEqual(lines, []);
    });
    afterEach(async () => {
      files = [];
      await store.db.deleteFrom("jobs").execute();
    });

    it("gives back what was put in", async () => {
      const added = await jobs.add(asked("a.mp4"));
      assert.deepEqual(
        [added.state, added.kind, added.request],
        ["queued", "analysis", asked("a.mp4").request],
      );
      assert.deepEqual(await jobs.get(added.id), added);
      assert.equal(await jobs.get(added.id, "training"), undefined);
      const taken = await take();
      assert.deepEqual([taken?.id, taken?.run, taken?.worker], [added.id, 1, "worker"]);
    });

    it("hands each job to one worker, the oldest first, and to workers of its kind", async () => {
      const other = await jobs.add({ kind: "training", request: {} });
      const added: string[] = [];
      for (const name of ["1", "2", "3", "4", "5", "6"]) added.push((await jobs.add(asked(name))).id);
      assert.equal((await take())?.id, added[0]);
      const taken = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => take(`worker ${n}`)));
      const ids = taken.flatMap((job) => (job ? [job.id] : []));
      assert.deepEqual(ids.toSorted(), added.slice(1).toSorted());
      assert.equal(await take(), undefined);
      assert.equal((await jobs.claim("worker", "training"))?.id, other.id);
    });

    it("passes over what was cancelled or deleted while it waited", async () => {
      const [first, second, third] = [
        await jobs.add(asked("1")),
        await jobs.add(asked("2")),
        await jobs.add(asked("3")),
      ];
      assert.equal((await jobs.cancel(first.id))?.state, "cancelled");
      await jobs.remove(second.id);
      assert.equal((await take())?.id, third.id);
    });

    it("lets a run end its job once, and stops it when it is to be cancelled", async () => {
      const { id } = await jobs.add(asked("1"));
      const run = (await take())!;
      const progress = { share: 0.5, text: "0.04 of 0.08 s", detail: { frames: 1 } };
      assert.equal(await jobs.beat(run, progress), "go_on");
      assert.deepEqual((await jobs.get(id))?.progress, progress);
      await jobs.cancel(id);
      assert.equal(await jobs.beat(run), "stop");
      assert.equal((await finish(run, { state: "cancelled" }))?.state, "cancelled");
      assert.equal(await finish(run, { state: "done" }), undefined);
      assert.deepEqual(files, ["withdrawn", "withdrawn"]);
    });

    it("keeps files and row together when files cannot be put in their place", async () => {
      const { id } = await jobs.add(asked("1"));
      const run = (await take())!;
      const broken = jobs.finish(
        run,
        { state: "done" },
        { publish: () => Promise.reject(new Error("no room")), withdraw: () => Promise.resolve() },
      );
      await assert.rejects(broken, /no room/);
      assert.equal((await jobs.get(id))?.state, "running");
    });

    it("interrupts the silent, not those that were heard of, nor those of this process", async () => {
      const { id } = await jobs.add(asked("1"));
      await take();
      assert.deepEqual(await endSilent(30), []);
      assert.deepEqual(await endSilent(0, { ours: [id] }), []);
      const [ended] = await endSilent(0);
      assert.deepEqual([ended?.id, ended?.state, ended?.failure], [id, "interrupted", interrupted]);
    });

    it("takes a silent job whose results are in place for done", async () => {
      const { id } = await jobs.add(asked("1"));
      await take();
      const [ended] = await endSilent(0, { inPlace: true });
      assert.deepEqual([ended?.id, ended?.state, ended?.failure], [id, "done", undefined]);
    });

    it("makes a job running again whose worker was taken for dead and lives, and takes its end", async () => {
      const { id } = await jobs.add(asked("1"));
      const run = (await take())!;
      await endSilent(0);
      assert.equal(await jobs.beat(run), "go_on");
      const { state, failure } = (await jobs.get(id))!;
      assert.deepEqual([state, failure], ["running", undefined]);
      await endSilent(0);
      assert.equal((await finish(run, { state: "done" }))?.state, "done");
      assert.deepEqual(files.at(-1), "published");
    });

    it("takes nothing of a run whose job was given to another run meanwhile", async () => {
      const { id } = await jobs.add(asked("1"));
      const stale = (await take())!;
      await endSilent(0);
      await jobs.retry(id);
      assert.equal(await jobs.beat(stale), "stop", "while it waits again");
      assert.equal((await jobs.get(id))?.state, "queued");
      const fresh = (await take())!;
      assert.ok(fresh.run > stale.run);
      files = [];
      assert.equal(await finish(stale, { state: "done" }), undefined);
      assert.equal(await jobs.goesOn(id, fresh.run), true);
      assert.equal((await finish(fresh, { state: "done" }))?.state, "done");
      assert.deepEqual(files, ["withdrawn", "published"]);
      // Results of another run are there now: they stay.
      assert.equal(await finish(stale, { state: "done" }), undefined);
      assert.deepEqual(files, ["withdrawn", "published"]);
    });

    it("queues again only what ended without a result", async () => {
      const { id } = await jobs.add(asked("1"));
      assert.equal(await jobs.retry(id), undefined);
      const run = (await take())!;
      assert.equal(await jobs.retry(id), undefined);
      await finish(run, { state: "failed", failure: interrupted });
      const again = await jobs.retry(id);
      assert.deepEqual([again?.state, again?.failure, again?.startedAt], ["queued", undefined, undefined]);
      await finish((await take())!, { state: "done" });
      assert.equal(await jobs.retry(id), undefined);
    });

    it("pages through the list without losing or repeating one", async () => {
      const added: string[] = [];
      for (let n = 0; n < 7; n += 1) added.push((await jobs.add(asked(String(n)))).id);
      const seen: string[] = [];
      let before: string | undefined;
      for (;;) {
        const page = await jobs.list({ limit: 3, ...(before !== undefined && { before }) });
        if (page.length === 0) break;
        seen.push(...page.map((a) => a.id));
        before = page.at(-1)!.createdAt;
      }
      assert.deepEqual(seen, added.toReversed());
      await jobs.cancel(added[0]!);
      assert.deepEqual(
        (await jobs.list({ limit: 9, state: "cancelled" })).map((a) => a.id),
        [added[0]],
      );
      assert.deepEqual(await jobs.count(), { queued: 6, running: 0 });
    });

    it("keeps everything over a restart", async () => {
      const { id } = await jobs.add(asked("kept"));
      await store[Symbol.asyncDispose]();
      store = await openStore(place.config(), log);
      jobs = new Jobs(store.db);
      assert.deepEqual((await jobs.get(id))?.request, asked("kept").request);
      assert.equal((await take())?.id, id);
    });

    it("lets one process at a time use a data folder", async () => {
      if (!store.embedded) await store[Symbol.asyncDispose]();
      if (!store.embedded) store = await openStore(place.config(), log, { exclusive: true });
      jobs = new Jobs(store.db);
      await assert.rejects(openStore(place.config(), log, { exclusive: true }), (error) =>
        isAppError(error, "conflict"),
      );
    });
  });
}
