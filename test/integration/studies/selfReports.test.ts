import assert from "node:assert/strict";
import path from "node:path";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { expressionLabels } from "../../../shared/emotion/labels.ts";
import { previewDeletion, startAnalysis } from "../../../shared/protocol/analyses.ts";
import { deleteSelfReport, setSelfReport } from "../../../shared/protocol/selfReports.ts";
import { getStudy, linkAnalysis, unlinkAnalysis } from "../../../shared/protocol/studyRoutes.ts";
import { databases } from "../databases.ts";
import { quickRun, daemonOfSuite, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, makeStudy, syntheticRun } from "./study.ts";

/** Says that the clip takes 1 s, but of `evm` nothing about it. */
const run: Runner = (request, context) =>
  (request.pipeline === "evm" ? syntheticRun : quickRun)(request, context);

for (const database of databases) {
  describe(`momentary self-reports on ${database.name}`, () => {
    let test: TestDaemon;
    daemonOfSuite(database, run, (started) => (test = started));

    const reports = async (study: string) => {
      const { participants } = (await test.call(getStudy, { study })).study;
      return participants[0]!.sessions[0]!.selfReports.map(({ startMs, endMs, label }) => [
        startMs,
        endMs,
        label,
      ]);
    };

    it("keeps one self-report for each part of a clip, as long as the clip belongs to the session", async () => {
      const { study, first, second } = await makeStudy(test, { agreed: true });
      const analysis = await addAnalysis(test, first);
      const part = { session: first, analysis, startMs: 500, endMs: 1500.25 };
      await test.call(setSelfReport, { ...part, label: "sad" });
      await test.call(setSelfReport, { ...part, startMs: 0, endMs: 500, label: "neutral" });
      await test.call(setSelfReport, { ...part, label: "happy" });
      const both = [
        [0, 500, "neutral"],
        [500, 1500.25, "happy"],
      ];
      assert.deepEqual(await reports(study), both);
      await assert.rejects(test.call(setSelfReport, { ...part, endMs: 500, label: "sad" }), { status: 400 });
      await assert.rejects(test.call(setSelfReport, { ...part, session: second, label: "sad" }), {
        status: 404,
      });
      await test.call(unlinkAnalysis, { session: first, analysis });
      assert.deepEqual(await reports(study), []);
      await test.call(linkAnalysis, { session: first, analysis, role: "stimulus" });
      assert.deepEqual(await reports(study), both);
      assert.equal((await test.call(previewDeletion, { id: analysis })).study?.selfReports, 2);
      await test.call(deleteSelfReport, part);
      await assert.rejects(test.call(deleteSelfReport, part), { status: 404 });
      assert.deepEqual(await reports(study), [[0, 500, "neutral"]]);
    });

    it("keeps one of several answers for a part that come at once", async () => {
      const { study, first } = await makeStudy(test, { agreed: true });
      const part = { session: first, analysis: await addAnalysis(test, first), startMs: 0, endMs: 500 };
      const labels = expressionLabels.flatMap((label) => [label, label, label]);
      await Promise.all(labels.map((label) => test.call(setSelfReport, { ...part, label })));
      assert.equal((await reports(study)).length, 1);
    });

    it("counts before a deletion those of the session that the analysis is in now", async () => {
      const { first, second } = await makeStudy(test, { agreed: true });
      const analysis = await addAnalysis(test, first);
      await test.call(setSelfReport, { session: first, analysis, startMs: 0, endMs: 500, label: "sad" });
      const shown = async () => {
        const { study } = await test.call(previewDeletion, { id: analysis });
        return study && [study.participant, study.selfReports];
      };
      assert.deepEqual(await shown(), ["p1", 1]);
      await test.call(unlinkAnalysis, { session: first, analysis });
      assert.equal(await shown(), undefined);
      await test.call(linkAnalysis, { session: second, analysis, role: "other" });
      assert.deepEqual(await shown(), ["p2", 0]);
    });

    it("refuses a part that ends more than a second after the clip, where its length is known", async () => {
      const { study, first: session } = await makeStudy(test, { agreed: true });
      const analysis = await addAnalysis(test, session);
      const part = { session, analysis, startMs: 500, label: "sad" } as const;
      await test.call(setSelfReport, { ...part, endMs: 2000 });
      await assert.rejects(test.call(setSelfReport, { ...part, endMs: 2001 }), { status: 400 });
      const mediaPath = path.join(test.clips, "clip.mp4");
      const { id: unknown } = (await test.call(startAnalysis, { mediaPath, pipeline: "evm" })).analysis;
      await test.call(linkAnalysis, { session, analysis: unknown, role: "other" });
      await test.call(setSelfReport, { ...part, analysis: unknown, startMs: 600, endMs: 90_000 });
      assert.deepEqual(await reports(study), [
        [500, 2000, "sad"],
        [600, 90_000, "sad"],
      ]);
    });
  });
}
