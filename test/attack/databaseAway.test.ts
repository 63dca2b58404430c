import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { createLog } from "../../daemon/log.ts";
import { openJobs } from "../../daemon/openJobs.ts";
import { openStore } from "../../daemon/store/store.ts";
import { isAppError } from "../../shared/errors.ts";
import { getDataset, startDataset } from "../../shared/protocol/datasets.ts";
import { getJob } from "../../shared/protocol/jobs.ts";
import { getRedaction, startRedaction } from "../../shared/protocol/redaction.ts";
import { importStudy, listImports } from "../../shared/protocol/studyArchives.ts";
import { deleteStudy, listStudies } from "../../shared/protocol/studyRoutes.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import { databases, type Place } from "../integration/databases.ts";
import { openBridge, type Bridge } from "../integration/jobs/bridge.ts";
import { addAnalysis, makeStudy, saveArchive, syntheticRun } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { makeLabelledClip } from "../support/labelledClip.ts";
import { until } from "../support/until.ts";
import { askAll, type Answered } from "./wellFormed.ts";

/** As in the product, but a silent process counts as dead after 3 s, and nobody is asked for longer than 2. */
const jobs = { beatMs: 100, silentMs: 3000, pollMs: 200, answerMs: 2000, maxTries: 1 };

for (const { name, make } of databases.filter((database) => database.name === "PostgreSQL"))
  describe(`a daemon whose ${name} goes away and comes back`, function () {
    this.timeout(600_000);
    let place: Place;
    let bridge: Bridge;
    let test: TestDaemon;
    before(async () => {
      place = await make();
      bridge = await openBridge(place.databaseUrl!);
      const config = { jobs, databaseUrl: bridge.url, device: "cpu", limits: { requestsBurst: 100_000 } };
      test = await startTestDaemon({ run: syntheticRun, place, config: config as never });
    });
    after(async () => {
      await test[Symbol.asyncDispose]();
      await bridge[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });

    const back = async () => {
      bridge.mend();
      await until(() => test.call(getStatus, {}).catch(() => undefined), 60_000, "the database");
    };

    it("no route answers with a fault of its own meanwhile, and each does its work afterwards", async () => {
      const { study, first: session } = await makeStudy(test, { agreed: true });
      const named = {
        study,
        session,
        participant: "p1",
        folder: test.clips,
        id: await addAnalysis(test, session),
      };
      bridge.cut("refused");
      const away = await askAll(test, named);
      const faults = ({ status, code }: Answered) =>
        status >= 500 && !(status === 503 && code === "store_unavailable");
      assert.deepEqual(away.filter(faults), []);
      const told = away.filter(({ code }) => code === "store_unavailable");
      assert.ok(told.length >= 60, `${told.length}: ${told.map((one) => one.name).join()}`);
      assert.ok(told.every(({ message }) => /try again when it runs/.test(message ?? "")));
      await back();
      const there = await askAll(test, named);
      assert.deepEqual(
        there.filter(({ status }) => status >= 500),
        [],
      );
      assert.deepEqual(
        // A body that the route does not take asks nothing of the database.
        there.filter(
          ({ code, message }) => code === "invalid_request" && /nrecognized|expected/i.test(message ?? ""),
        ),
        [],
      );
    });

    it("a study that is being taken over is refused with what to do, leaves nothing half, and comes whole afterwards", async () => {
      const { study } = await makeStudy(test);
      const file = await saveArchive(test, study, path.join(test.clips, "study.zip"));
      await test.call(deleteStudy, { study });
      bridge.cut("refused");
      await assert.rejects(test.call(importStudy, { path: file }), (error) =>
        isAppError(error, "store_unavailable"),
      );
      await back();
      assert.deepEqual((await test.call(listImports, {})).imports, []);
      assert.ok((await test.call(listStudies, {})).studies.every(({ id }) => id !== study));
      assert.deepEqual(await readdir(path.join(place.dataDir, "imports")).catch(() => []), []);
      assert.equal((await test.call(importStudy, { path: file })).study.id, study);
    });

    it("sets and copies without faces that end meanwhile are done afterwards, rows and files alike", async () => {
      const folder = path.join(test.clips, "team");
      const clip = await makeLabelledClip(folder);
      // Another daemon watches, and takes the cut-off one for dead.
      const log = createLog("silent");
      await using elsewhere = await openStore(place.config({ jobs }), log);
      const quiet = place.config({ jobs, concurrency: 1 });
      const others = await openJobs(elsewhere, quiet, syntheticRun, log, { recover: false });
      await using watching = others.jobs;
      const set = (await test.call(startDataset, { path: folder, name: "set", tier: "face", test: 0 })).job;
      const copy = (await test.call(startRedaction, { mediaPath: clip })).job;
      // Whoever has asked the database where the clip is needs it no more.
      for (const { id } of [set, copy])
        await until(
          async () => {
            const { job } = await test.call(getJob, { id });
            return job.state !== "queued" && (job.progress !== undefined || job.state !== "running");
          },
          60_000,
          "both at work",
        );
      bridge.cut("refused");
      const inRun = (kind: string, id: string, file: string) =>
        readdir(path.join(place.dataDir, kind)).then((names) =>
          names.some((one) => one.includes(id) && existsSync(path.join(place.dataDir, kind, one, file))),
        );
      await until(() => inRun("datasets", set.id, "dataset.json"), 240_000, "the set");
      await until(() => inRun("redactions", copy.id, "report.json"), 240_000, "the copy");
      watching.start();
      await back();
      for (const { id } of [set, copy])
        await until(async () => (await test.call(getJob, { id })).job.state === "done", 60_000, "the row");
      assert.equal((await test.call(getDataset, { id: set.id })).made.kind, "pictures");
      assert.ok((await test.call(getRedaction, { id: copy.id })).report);
      for (const [kind, id] of [
        ["datasets", set.id],
        ["redactions", copy.id],
      ] as const)
        assert.deepEqual(await readdir(path.join(place.dataDir, kind)), [id]);
    });
  });
