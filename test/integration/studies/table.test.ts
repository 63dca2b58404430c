import assert from "node:assert/strict";
import path from "node:path";
import { deleteStudy, getStudy, importStudy } from "../../../shared/protocol/studyRoutes.ts";
import { getStudyTable, setClipFacts } from "../../../shared/protocol/studyTable.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, makeStudy, saveArchive, syntheticRun } from "./study.ts";

describe("conditions, events and the table of a study in the data folder", function () {
  this.timeout(120_000);
  let test: TestDaemon;
  before(async () => {
    test = await startTestDaemon({ run: syntheticRun });
  });
  after(() => test[Symbol.asyncDispose]());

  it("keeps what a clip shows, also through an archive, and measures it by that", async () => {
    const { study, first } = await makeStudy(test);
    const analysis = await addAnalysis(test, first);
    const spans = [
      { startMs: 200, endMs: 400, name: "late" },
      { startMs: 0, endMs: 200, name: "early" },
    ];
    await test.call(setClipFacts, {
      session: first,
      analysis,
      condition: "comedy",
      stimulus: "clip 1",
      spans,
    });
    await test.call(setClipFacts, { session: first, analysis, stimulus: null });
    const shown = async () =>
      (await test.call(getStudy, { study })).study.participants[0]!.sessions[0]!.analyses[0]!;
    const before = await shown();
    assert.deepEqual(before, {
      ...{ id: analysis, role: "stimulus", mediaName: "clip.mp4", condition: "comedy" },
      spans: spans.toReversed(),
    });
    const { table } = await test.call(getStudyTable, { study });
    assert.deepEqual(
      table.cells.map(({ condition, event, seconds }) => [condition, event, seconds]),
      [
        ["comedy", "clip", 0.401],
        ["comedy", "early", 0.2],
        ["comedy", "late", 0.2],
      ],
    );
    const happy = table.measures.findIndex(({ name }) => name === "face.happy.mean");
    assert.ok(table.values.every((row) => row[happy]! > 0 && row[happy]! < 1));

    const archive = await saveArchive(test, study, path.join(test.place.dataDir, "facts.zip"));
    await test.call(deleteStudy, { study });
    await test.call(importStudy, { path: archive });
    // Of an imported clip the name is that of its results.
    assert.deepEqual(await shown(), { ...before, mediaName: "synthetic.mp4" });
    assert.deepEqual((await test.call(getStudyTable, { study })).table.values, table.values);
  });

  it("refuses an event that ends before it starts, one that is called like the whole clip, and strange clips", async () => {
    const { first, second } = await makeStudy(test);
    const analysis = await addAnalysis(test, first);
    const set = (session: string, name: string, endMs: number) =>
      test.call(setClipFacts, { session, analysis, spans: [{ startMs: 100, endMs, name }] });
    await assert.rejects(set(first, "odd", 50), { status: 400 });
    await assert.rejects(set(first, "clip", 200), { status: 400 });
    await assert.rejects(set(second, "odd", 200), { status: 404 });
  });
});
