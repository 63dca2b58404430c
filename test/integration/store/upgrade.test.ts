import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { sql } from "kysely";
import { createLog } from "../../../daemon/log.ts";
import { openEmbeddedPool } from "../../../daemon/store/embeddedPool.ts";
import { openServerPool } from "../../../daemon/store/pool.ts";
import { migrations } from "../../../daemon/store/migrations/list.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { getAnalysis, listAnalyses } from "../../../shared/protocol/analyses.ts";
import { getJob } from "../../../shared/protocol/jobs.ts";
import { getStudy } from "../../../shared/protocol/studyRoutes.ts";
import { databases, type Place } from "../databases.ts";
import { startTestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

const stored = path.join(import.meta.dirname, "../../fixtures/store/2026-11-22.sql");
const id = (n: number) => `00000000-0000-4000-8000-0000000000${n}`;

/** Puts a stored old database in the place of an empty one. */
async function load(place: Place): Promise<void> {
  const { databaseUrl } = place.config();
  const pool = databaseUrl
    ? await openServerPool(databaseUrl, () => undefined)
    : await openEmbeddedPool(place.dataDir);
  const client = await pool.connect();
  const statements = (await readFile(stored, "utf8")).split(/;\n/).filter((text) => text.trim() !== "");
  for (const statement of statements) await client.query(statement, []);
  client.release();
  await pool.end();
}

for (const { name, make } of databases)
  describe(`an old database on ${name}`, function () {
    this.timeout(180_000);

    it("is brought up to date with everything in it, and what waited is done", async () => {
      await using place = await make();
      await load(place);
      await using test = await startTestDaemon({ place });
      const { analyses } = await test.call(listAnalyses, {});
      assert.deepEqual(
        analyses.map((one) => [one.id, one.pipeline, one.mediaName]),
        [
          [id(12), "multimodal", "c.mp4"],
          [id(11), "evm", "b.mp4"],
          [id(10), "multimodal", "a.mp4"],
        ],
      );
      const { analysis } = await test.call(getAnalysis, { id: id(10) });
      assert.deepEqual(
        [analysis.state, analysis.config, analysis.progress?.frames, analysis.finishedAt],
        ["done", { maxFaces: 2 }, 25, "2026-11-22T10:00:09.000Z"],
      );
      assert.deepEqual((await test.call(getAnalysis, { id: id(11) })).analysis.failure, {
        code: "media_unsupported",
        message: "No clip.",
      });
      // Its folder is not on this machine, which a queue of today says and one of pg-boss would never have.
      const ended = await until(async () => {
        const { job } = await test.call(getJob, { id: id(12) });
        return job.state !== "queued" && job.state !== "running" && job;
      });
      assert.equal(ended.failure?.code, "media_not_found");
      const { study } = await test.call(getStudy, { study: "study-1" });
      assert.equal(study.name, "Grüße & Reaktionen");
    });

    it("has what referred to its analyses refer to its jobs, and no queue of pg-boss", async () => {
      await using place = await make();
      await load(place);
      await using store = await openStore(place.config(), createLog("error"));
      const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
        store.db,
      );
      assert.deepEqual(
        rows.map((row) => row.name),
        Object.keys(migrations),
      );
      assert.equal((await store.db.selectFrom("self_reports").selectAll().execute()).length, 1);
      await store.db.deleteFrom("jobs").where("id", "=", id(10)).execute();
      for (const table of ["self_reports", "session_analyses"] as const)
        assert.equal((await store.db.selectFrom(table).selectAll().execute()).length, 0, table);
    });
  });
