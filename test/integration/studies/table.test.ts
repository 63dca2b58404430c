import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { getAnalysis, startAnalysis } from "../../../shared/protocol/analyses.ts";
import { importEvents, linkClips } from "../../../shared/protocol/studyClips.ts";
import { importStudy } from "../../../shared/protocol/studyArchives.ts";
import {
  createStudy,
  deleteStudy,
  getStudy,
  updateParticipant,
} from "../../../shared/protocol/studyRoutes.ts";
import { getStudyTable, setClipFacts } from "../../../shared/protocol/studyTable.ts";
import { until } from "../../support/until.ts";
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
    const { study, first } = await makeStudy(test, { agreed: true });
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

  it("links clips by a pattern of their names after a preview, and adds events by a table", async () => {
    const study = (await test.call(createStudy, { name: "Many", consentText: "I agree." })).study.id;
    for (const name of ["m1_comedy.mp4", "m2_rest.mp4", "other clip.mp4"]) {
      const mediaPath = path.join(test.clips, name);
      await copyFile(path.join(test.clips, "clip.mp4"), mediaPath);
      const { id } = (await test.call(startAnalysis, { mediaPath })).analysis;
      await until(async () => (await test.call(getAnalysis, { id })).analysis.state === "done");
    }
    const ask = (more: object) =>
      test.call(linkClips, {
        study,
        pattern: "{participant}_{condition}",
        baselineCondition: "rest",
        ...more,
      });
    const states = (rows: readonly { mediaName: string; state: string }[]) =>
      Object.fromEntries(rows.map(({ mediaName, state }) => [mediaName, state]));
    const preview = states((await ask({})).rows);
    assert.equal(preview["m1_comedy.mp4"], "no_participant");
    assert.equal(preview["other clip.mp4"], "unmatched");
    assert.equal((await test.call(getStudy, { study })).study.participants.length, 0);
    assert.equal((await ask({ addParticipants: true, apply: true })).written, 0);
    assert.equal(states((await ask({})).rows)["m1_comedy.mp4"], "no_consent");
    const consent = { version: "1", givenAt: "2026-01-01T00:00:00.000Z", givenBy: "on paper" };
    for (const participant of ["m1", "m2"])
      await test.call(updateParticipant, { study, participant, consent });
    assert.equal((await ask({ apply: true })).written, 2);
    const { participants } = (await test.call(getStudy, { study })).study;
    assert.deepEqual(
      participants.map(({ id, sessions }) => [
        id,
        sessions[0]!.analyses[0]!.role,
        sessions[0]!.analyses[0]!.condition,
      ]),
      [
        ["m1", "stimulus", "comedy"],
        ["m2", "baseline", "rest"],
      ],
    );
    assert.equal(states((await ask({})).rows)["m1_comedy.mp4"], "same");

    const events = "file,start_s,end_s,name\nm1_comedy,0.1,0.3,joke\nnobody.mp4,0,1,x\n";
    const data = Buffer.from(events).toString("base64");
    const { rows } = await test.call(importEvents, { study, data });
    assert.deepEqual(
      rows.map(({ state }) => state),
      ["new", "no_clip"],
    );
    assert.equal((await test.call(importEvents, { study, data, apply: true })).written, 1);
    assert.equal((await test.call(importEvents, { study, data })).rows[0]!.state, "same");
    const { table } = await test.call(getStudyTable, { study });
    assert.deepEqual(
      table.cells.map(({ participant, event }) => [participant, event]),
      [
        ["m1", "clip"],
        ["m1", "joke"],
        ["m2", "clip"],
      ],
    );
  });

  it("refuses an event that ends before it starts, one that is called like the whole clip, and strange clips", async () => {
    const { first, second } = await makeStudy(test, { agreed: true });
    const analysis = await addAnalysis(test, first);
    const set = (session: string, name: string, endMs: number) =>
      test.call(setClipFacts, { session, analysis, spans: [{ startMs: 100, endMs, name }] });
    await assert.rejects(set(first, "odd", 50), { status: 400 });
    await assert.rejects(set(first, "clip", 200), { status: 400 });
    await assert.rejects(set(second, "odd", 200), { status: 404 });
  });
});
