import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { isAppError } from "../../shared/errors.ts";
import { getDataset, startDataset } from "../../shared/protocol/datasets.ts";
import { getJob, retryJob } from "../../shared/protocol/jobs.ts";
import { getRedaction, startRedaction } from "../../shared/protocol/redaction.ts";
import { importStudy, listImports } from "../../shared/protocol/studyArchives.ts";
import { createStudy, deleteStudy, listStudies } from "../../shared/protocol/studyRoutes.ts";
import { makePlace } from "../integration/databases.ts";
import { addAnalysis, makeStudy, saveArchive, syntheticRun } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { makeLabelledClip } from "../support/labelledClip.ts";
import { until } from "../support/until.ts";
import { mountSmallDisk, type SmallDisk } from "./smallDisk.ts";
import { askAll, type Answered } from "./wellFormed.ts";

const tried = await mountSmallDisk(1);
await tried?.[Symbol.asyncDispose]();

/** As smallDisk.test.ts, for every route and for jobs of other kinds than analyses. */
(tried !== undefined || process.env["CI"] !== undefined ? describe : () => undefined)(
  "every route, and jobs of each kind, on a disk that fills up or turns read-only",
  function () {
    this.timeout(600_000);
    let disk: SmallDisk;
    before(async () => {
      disk = (await mountSmallDisk(240))!;
    });
    after(() => (disk as SmallDisk | undefined)?.[Symbol.asyncDispose]());

    const config = { limits: { requestsBurst: 100_000 }, jobs: { fullMs: 200 }, device: "cpu" } as const;
    const faults = (answers: readonly Answered[]) =>
      answers.filter(
        ({ status, code }) =>
          status >= 500 &&
          !(status === 507 && code === "disk_full") &&
          !(status === 503 && code === "store_unavailable"),
      );
    const writable = (test: TestDaemon) =>
      until(
        () => test.call(createStudy, { name: "Again", consentText: "Yes." }).catch(() => undefined),
        60_000,
        "a disk that can be written",
      );

    for (const [what, begin, end] of [
      ["full", () => disk.fill(), () => disk.free()],
      ["read-only", () => disk.setReadOnly(true), () => disk.setReadOnly(false)],
    ] as const)
      it(`${what}: no route answers with a fault of its own, an import leaves nothing half, and all work afterwards`, async () => {
        await using place = await makePlace(undefined, disk.path);
        await using test = await startTestDaemon({ run: syntheticRun, place, config });
        const { study, first: session } = await makeStudy(test, { agreed: true });
        const id = await addAnalysis(test, session);
        const named = { study, session, participant: "p1", folder: test.clips, id };
        const other = (await makeStudy(test)).study;
        const file = await saveArchive(test, other, path.join(test.clips, "study.zip"));
        await test.call(deleteStudy, { study: other });
        await begin();
        try {
          const answers = await askAll(test, named);
          assert.deepEqual(faults(answers), []);
          assert.ok(answers.some(({ status }) => status === 507 || status === 503));
          await assert.rejects(
            test.call(importStudy, { path: file }),
            (error) => isAppError(error, "disk_full") || isAppError(error, "store_unavailable"),
          );
        } finally {
          await end();
        }
        await writable(test);
        assert.deepEqual((await test.call(listImports, {})).imports, []);
        assert.deepEqual(await readdir(path.join(place.dataDir, "imports")).catch(() => []), []);
        assert.ok((await test.call(listStudies, {})).studies.every((one) => one.id !== other));
        assert.equal((await test.call(importStudy, { path: file })).study.id, other);
        assert.deepEqual(
          (await askAll(test, named)).filter(({ status }) => status >= 500),
          [],
        );
      });

    it("full in the middle of a set and of a copy without faces: both say so, and are made when they are tried again", async () => {
      await using place = await makePlace(undefined, disk.path);
      await using test = await startTestDaemon({ place, config });
      const folder = path.join(test.clips, "team");
      const clip = await makeLabelledClip(folder);
      const set = (await test.call(startDataset, { path: folder, name: "set", tier: "face", test: 0 })).job;
      const copy = (await test.call(startRedaction, { mediaPath: clip })).job;
      const state = async (id: string) => (await test.call(getJob, { id })).job;
      for (const { id } of [set, copy])
        await until(async () => (await state(id)).state === "running", 60_000, "both at work");
      disk.fill();
      const failed = (id: string) =>
        test.lines.some((line) => line.includes("job_failed") && line.includes(id));
      await until(() => failed(set.id) && failed(copy.id), 240_000, "the end of both");
      await disk.free();
      for (const { id } of [set, copy]) {
        const { failure } = await until(
          async () => {
            const job = await state(id);
            return job.state !== "running" && job;
          },
          60_000,
          "its row",
        );
        assert.equal(failure?.code, "disk_full", failure?.message);
        await test.call(retryJob, { id });
      }
      for (const { id } of [set, copy])
        await until(async () => (await state(id)).state === "done", 240_000, "the end");
      assert.equal((await test.call(getDataset, { id: set.id })).made.kind, "pictures");
      assert.ok((await test.call(getRedaction, { id: copy.id })).report);
      assert.deepEqual(
        (await readdir(folder)).filter((one) => one.startsWith(".")),
        [],
      );
    });
  },
);
