import assert from "node:assert/strict";
import { createLog, type Log } from "../../../daemon/log.ts";
import { Analyses } from "../../../daemon/store/analyses.ts";
import { openStore, type Store } from "../../../daemon/store/store.ts";
import { isAppError } from "../../../shared/errors.ts";
import { databases, type Place } from "../databases.ts";

const clip = (name: string) => ({
  mediaPath: `/clips/${name}`,
  pipeline: "multimodal" as const,
  config: { seed: 1, nested: { list: [1, "two", null] } },
});
const interrupted = { code: "interrupted" as const, message: "x" };

for (const database of databases) {
  describe(`store of analyses on ${database.name}`, () => {
    const lines: string[] = [];
    const log: Log = createLog("warn", (line) => lines.push(line));
    let place: Place;
    let store: Store;
    let analyses: Analyses;

    before(async function () {
      this.timeout(180_000);
      place = await database.make();
      store = await openStore(place.config(), log);
      analyses = new Analyses(store);
    });
    after(async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
      assert.deepEqual(lines, []);
    });
    afterEach(async () => {
      await store.db.deleteFrom("analyses").execute();
      // Passes over the jobs of what was deleted.
      assert.equal(await analyses.claim("00000000-0000-4000-8000-000000000009"), undefined);
    });

    it("gives back what was put in", async () => {
      const added = await analyses.add(clip("a.mp4"));
      assert.equal(added.state, "queued");
      assert.equal(added.mediaName, "a.mp4");
      assert.deepEqual(added.config, clip("").config);
      assert.deepEqual(await analyses.get(added.id), added);
      assert.deepEqual(
        await analyses.claim("0b2f4a6e-9d0c-4c55-8f0a-2f3f2b1c9a11").then((a) => a?.id),
        added.id,
      );
    });

    it("hands each analysis to one worker, the oldest first", async () => {
      const added = [];
      for (const name of ["1", "2", "3", "4", "5", "6"]) added.push((await analyses.add(clip(name))).id);
      const workers = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
      assert.equal((await analyses.claim(workers[0]!))?.id, added[0]);
      const taken = await Promise.all(workers.map((worker) => analyses.claim(worker)));
      const ids = taken.flatMap((analysis) => (analysis ? [analysis.id] : []));
      assert.deepEqual(ids.toSorted(), added.slice(1).toSorted());
      assert.equal(await analyses.claim(workers[1]!), undefined);
    });

    it("passes over what was cancelled or deleted while it waited", async () => {
      const [first, second, third] = [
        await analyses.add(clip("1")),
        await analyses.add(clip("2")),
        await analyses.add(clip("3")),
      ];
      assert.equal((await analyses.cancel(first.id))?.state, "cancelled");
      await analyses.remove(second.id);
      assert.equal((await analyses.claim(third.id))?.id, third.id);
    });

    it("lets a worker end only what is still its own", async () => {
      const { id } = await analyses.add(clip("1"));
      const worker = "00000000-0000-4000-8000-000000000001";
      const other = "00000000-0000-4000-8000-000000000002";
      await analyses.claim(worker);
      assert.equal(await analyses.finish(id, other, { state: "done" }), undefined);
      assert.equal(await analyses.beat(id, other), "stop");
      const progress = { timeMs: 40, durationMs: 80, frames: 1, framesPerSecond: 25 };
      assert.equal(await analyses.beat(id, worker, progress), "go_on");
      assert.deepEqual((await analyses.get(id))?.progress, progress);
      await analyses.cancel(id);
      assert.equal(await analyses.beat(id, worker), "stop");
      assert.equal((await analyses.finish(id, worker, { state: "cancelled" }))?.state, "cancelled");
      assert.equal(await analyses.finish(id, worker, { state: "done" }), undefined);
    });

    it("reports the silent as interrupted, not those that were heard of", async () => {
      const { id } = await analyses.add(clip("1"));
      await analyses.claim(id);
      assert.deepEqual(await analyses.listSilent(30), []);
      assert.equal(await analyses.interrupt(id, 30, interrupted), undefined);
      assert.deepEqual(await analyses.listSilent(0), [id]);
      const ended = await analyses.interrupt(id, 0, interrupted);
      assert.deepEqual([ended?.state, ended?.failure], ["interrupted", interrupted]);
    });

    it("queues again only what ended without a result", async () => {
      const { id } = await analyses.add(clip("1"));
      assert.equal(await analyses.retry(id), undefined);
      await analyses.claim(id);
      assert.equal(await analyses.retry(id), undefined);
      await analyses.finish(id, id, { state: "failed", failure: interrupted });
      const again = await analyses.retry(id);
      assert.deepEqual([again?.state, again?.failure, again?.startedAt], ["queued", undefined, undefined]);
      await analyses.claim(id);
      await analyses.finish(id, id, { state: "done" });
      assert.equal(await analyses.retry(id), undefined);
    });

    it("pages through the list without losing or repeating one", async () => {
      const added: string[] = [];
      for (let n = 0; n < 7; n += 1) added.push((await analyses.add(clip(String(n)))).id);
      const seen: string[] = [];
      let before: string | undefined;
      for (;;) {
        const page = await analyses.list({ limit: 3, ...(before !== undefined && { before }) });
        if (page.length === 0) break;
        seen.push(...page.map((a) => a.id));
        before = page.at(-1)!.createdAt;
      }
      assert.deepEqual(seen, added.toReversed());
      await analyses.cancel(added[0]!);
      assert.deepEqual(
        (await analyses.list({ limit: 9, state: "cancelled" })).map((a) => a.id),
        [added[0]],
      );
      assert.deepEqual(await analyses.count(), { queued: 6, running: 0 });
    });

    it("undoes a transaction that fails, its job included", async () => {
      const worker = "00000000-0000-4000-8000-000000000001";
      await assert.rejects(
        store.db.transaction().execute(async (t) => {
          await store.jobs.add("analysis", worker, t);
          throw new Error("changed my mind");
        }),
      );
      assert.equal(await store.db.transaction().execute((t) => store.jobs.take("analysis", t)), undefined);
    });

    it("keeps everything over a restart", async () => {
      const { id } = await analyses.add(clip("kept"));
      await store[Symbol.asyncDispose]();
      store = await openStore(place.config(), log);
      analyses = new Analyses(store);
      assert.equal((await analyses.get(id))?.mediaName, "kept");
      assert.equal((await analyses.claim(id))?.id, id);
    });

    it("lets one process at a time use a data folder", async () => {
      if (!store.embedded) await store[Symbol.asyncDispose]();
      if (!store.embedded) store = await openStore(place.config(), log, { exclusive: true });
      analyses = new Analyses(store);
      await assert.rejects(openStore(place.config(), log, { exclusive: true }), (error) =>
        isAppError(error, "conflict"),
      );
    });
  });
}
