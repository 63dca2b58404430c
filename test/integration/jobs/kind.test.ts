import assert from "node:assert/strict";
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { createLog } from "../../../daemon/log.ts";
import { defineKind } from "../../../daemon/jobs/kind.ts";
import { startDaemon } from "../../../daemon/server.ts";
import { AppError } from "../../../shared/errors.ts";
import type { Endpoint } from "../../../shared/protocol/endpoint.ts";
import {
  cancelJob,
  deleteJob,
  getJob,
  listJobs,
  retryJob,
  type Job,
  type JobProgress,
  type JobState,
} from "../../../shared/protocol/jobs.ts";
import { databases } from "../databases.ts";
import { withToken } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

/** A kind that counts, as a test of what every kind gets from the machinery. */
const counting = defineKind({
  ...{ name: "counting", folder: "countings", atOnce: 1 },
  request: z.strictObject({ upTo: z.int().positive(), failAt: z.int().optional() }),
  async run({ upTo, failAt }, { outDir, signal, onProgress }) {
    for (let n = 1; n <= upTo; n += 1) {
      if (n === failAt) throw new AppError("not_enough_data", "There is nothing to count. Give more.");
      onProgress({ share: n / upTo, text: `${n} of ${upTo} numbers`, detail: { n } });
      await sleep(5, undefined, { signal });
    }
    await writeFile(path.join(outDir, "count.txt"), String(upTo));
  },
});

for (const { name, make } of databases) {
  describe(`a kind of jobs that is no analysis, on ${name}`, () => {
    it("is queued, followed, cancelled, retried and removed like every other", async function () {
      this.timeout(300_000);
      await using place = await make();
      const config = place.config();
      await using daemon = await startDaemon(config, () => Promise.resolve(), createLog("error"), [counting]);
      const call = async <Q extends z.ZodObject, R extends z.ZodType>(
        route: Endpoint<Q, R>,
        request: z.input<Q>,
      ) => {
        const response = await fetch(
          ...(([target, init]) => [daemon.url + target, init] as const)(
            withToken(route, request, daemon.token.reveal()),
          ),
        );
        assert.ok(response.ok, `${response.status}`);
        return route.response.parse(await response.json());
      };
      const told: JobProgress[] = [];
      daemon.jobs.subscribe((news) => {
        if (news.kind === "progress") told.push(news.progress);
      });
      const add = async (request: Record<string, unknown>) =>
        (await daemon.jobs.add({ kind: "counting", request })).id;
      const reaches = (id: string, state: JobState): Promise<Job> =>
        until(async () => {
          const { job } = await call(getJob, { id });
          return job.state === state && job;
        });
      const result = (id: string) => path.join(place.dataDir, "countings", id, "count.txt");

      const first = await add({ upTo: 20 });
      const done = await reaches(first, "done");
      assert.deepEqual([done.kind, done.progress?.text], ["counting", "20 of 20 numbers"]);
      assert.equal(await readFile(result(first), "utf8"), "20");
      assert.equal(await daemon.jobs.results(first, "counting"), path.dirname(result(first)));
      assert.ok(told.length > 0 && told.every(({ text }) => text.endsWith("of 20 numbers")));

      const endless = await add({ upTo: 1_000_000 });
      const waits = await add({ upTo: 1 });
      await reaches(endless, "running");
      assert.equal((await call(getJob, { id: waits })).job.state, "queued");
      await call(cancelJob, { id: endless });
      await reaches(endless, "cancelled");
      await assert.rejects(access(path.dirname(result(endless))));
      await reaches(waits, "done");
      await call(retryJob, { id: endless });
      await reaches(endless, "running");
      await call(deleteJob, { id: endless });

      const failed = await reaches(await add({ upTo: 3, failAt: 2 }), "failed");
      assert.deepEqual(failed.failure, {
        code: "not_enough_data",
        message: "There is nothing to count. Give more.",
      });
      // What another hand wrote into the queue fails, and the next one runs.
      assert.equal((await reaches(await add({ upTo: -1 }), "failed")).failure?.code, "invalid_request");
      const { jobs } = await call(listJobs, { kind: "counting" });
      assert.deepEqual(
        jobs.map(({ state }) => state),
        ["failed", "failed", "done", "done"],
      );
      assert.deepEqual((await call(listJobs, { kind: "analysis" })).jobs, []);
    });
  });
}
