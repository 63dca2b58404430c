import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { access, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { openJobs } from "../../../daemon/openJobs.ts";
import { createLog } from "../../../daemon/log.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { Removal } from "../../../daemon/studies/removal.ts";
import {
  deleteAnalysis,
  listAnalyses,
  previewDeletion,
  startAnalysis,
} from "../../../shared/protocol/analyses.ts";
import {
  deleteSession,
  getStudy,
  linkAnalysis,
  unlinkAnalysis,
} from "../../../shared/protocol/studyRoutes.ts";
import { databases } from "../databases.ts";
import { daemonOfSuite, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, addRecording, makeStudy, syntheticRun } from "./study.ts";

/** What a live session writes beside its recording while it goes on. */
const keptSession = {
  id: "00000000-0000-4000-8000-000000000000",
  startedAt: "2026-01-01T00:00:00.000Z",
  source: { kind: "page" },
  pipeline: "multimodal",
  config: {},
  recording: { path: "camera.webm", startMs: 0 },
};

for (const database of databases) {
  describe(`recordings of studies on ${database.name}`, () => {
    let test: TestDaemon;
    const restart = daemonOfSuite(database, syntheticRun, (started) => (test = started));

    /** A recording with its own analysis, which has its id, and another one of the same clip. */
    const addReaders = async () => {
      const recorded = randomUUID();
      const folder = await addRecording(test, recorded);
      const clip = path.join(folder, "camera.webm");
      await test.daemon.service.adopt(
        recorded,
        { mediaPath: clip, pipeline: "multimodal", config: {} },
        new Date(),
        { code: "interrupted", message: "It ended in the middle." },
      );
      const again = (await test.call(startAnalysis, { mediaPath: clip })).analysis.id;
      return { folder, recorded, again };
    };
    /** The recordings of the sessions, one session for each participant. */
    const recordingsOf = async (study: string) => {
      const { participants } = (await test.call(getStudy, { study })).study;
      return participants.map(({ sessions }) =>
        sessions.flatMap((one) => one.recordings.map(({ id }) => id)),
      );
    };
    const listIds = async () => (await test.call(listAnalyses, {})).analyses.map(({ id }) => id);

    it("deletes a recording with the last analysis that reads it, where that was asked for", async () => {
      const { study, first } = await makeStudy(test, { agreed: true });
      const folder = await addRecording(test, "rec-3");
      const clip = path.join(folder, "camera.webm");
      const linked = await addAnalysis(test, first, "stimulus", clip);
      const { id: other } = (await test.call(startAnalysis, { mediaPath: clip })).analysis;
      const ofStudy = { name: "Pilot <1>", participant: "p1", selfReports: 0 };
      const preview = (id: string) => test.call(previewDeletion, { id });
      assert.deepEqual(await preview(linked), { clip: "recording_stays", study: ofStudy });
      await test.call(deleteAnalysis, { id: other, recording: "remove" });
      await access(clip);
      assert.deepEqual(await preview(linked), { clip: "recording_goes", study: ofStudy });
      const session = path.join(folder, "session.json");
      await writeFile(session, JSON.stringify(keptSession));
      assert.equal((await preview(linked)).clip, "recording_stays", "its session goes on");
      await writeFile(session, JSON.stringify({ ...keptSession, endedAt: keptSession.startedAt }));
      await test.call(deleteAnalysis, { id: linked, recording: "remove" });
      await assert.rejects(access(folder));
      const { participants } = (await test.call(getStudy, { study })).study;
      assert.deepEqual(participants[0]?.sessions[0]?.recordings, []);

      const kept = await addRecording(test, "rec-4");
      const alone = await addAnalysis(test, first, "stimulus", path.join(kept, "camera.webm"));
      await test.call(deleteAnalysis, { id: alone });
      await access(kept);
      const own = await addAnalysis(test, first);
      assert.deepEqual(await preview(own), { clip: "stays", study: ofStudy });
      await test.call(deleteAnalysis, { id: own, recording: "remove" });
      await access(path.join(test.clips, "clip.mp4"));
    });

    it("takes a recording out of a session with whichever analysis brought it", async () => {
      const { study, first, second } = await makeStudy(test, { agreed: true });
      const { folder, recorded, again } = await addReaders();
      await test.call(linkAnalysis, { session: first, analysis: again, role: "stimulus" });
      assert.deepEqual(await recordingsOf(study), [[recorded], []]);
      await test.call(unlinkAnalysis, { session: first, analysis: again });
      await test.call(linkAnalysis, { session: second, analysis: recorded, role: "stimulus" });
      assert.deepEqual(await recordingsOf(study), [[], [recorded]]);
      await test.call(deleteSession, { session: first });
      await access(folder);
      assert.deepEqual(
        (await listIds()).filter((id) => id === recorded || id === again),
        [again, recorded],
      );
    });

    it("leaves a recording in a session as long as an analysis there reads it", async () => {
      const { study, first } = await makeStudy(test, { agreed: true });
      const { folder, recorded, again } = await addReaders();
      for (const analysis of [recorded, again])
        await test.call(linkAnalysis, { session: first, analysis, role: "stimulus" });
      await test.call(unlinkAnalysis, { session: first, analysis: recorded });
      assert.deepEqual(await recordingsOf(study), [[recorded], []]);
      await test.call(deleteAnalysis, { id: recorded });
      assert.deepEqual((await test.call(deleteSession, { session: first })).leftMedia, []);
      await assert.rejects(access(folder));
    });

    it("hands a recording on to the session of another analysis that reads it", async () => {
      const { study, first, second } = await makeStudy(test, { agreed: true });
      const { recorded, again } = await addReaders();
      await test.call(linkAnalysis, { session: first, analysis: again, role: "stimulus" });
      await test.call(linkAnalysis, { session: second, analysis: recorded, role: "stimulus" });
      await test.call(unlinkAnalysis, { session: first, analysis: again });
      assert.deepEqual(await recordingsOf(study), [[], [recorded]]);
    });

    it("says before a deletion which study a recording goes from that came with another analysis", async () => {
      const { first } = await makeStudy(test, { agreed: true });
      const { recorded, again } = await addReaders();
      await test.call(linkAnalysis, { session: first, analysis: recorded, role: "stimulus" });
      const preview = () => test.call(previewDeletion, { id: again });
      assert.deepEqual(await preview(), { clip: "recording_stays" });
      await test.call(deleteAnalysis, { id: recorded });
      const study = { name: "Pilot <1>", participant: "p1", selfReports: 0 };
      assert.deepEqual(await preview(), { clip: "recording_goes", study });
    });

    it("ends the deletion of a recording that a crash interrupted when it is asked for again", async () => {
      const { study, first } = await makeStudy(test, { agreed: true });
      const { folder, recorded, again } = await addReaders();
      await test.call(linkAnalysis, { session: first, analysis: again, role: "stimulus" });
      await test.call(deleteAnalysis, { id: recorded });
      // What a kill leaves: the files are gone, the rows are there.
      await rm(folder, { recursive: true });
      assert.equal((await test.call(previewDeletion, { id: again })).clip, "recording_goes");
      await test.call(deleteAnalysis, { id: again, recording: "remove" });
      assert.deepEqual(await recordingsOf(study), [[], []]);
    });

    it("removes a participant also when somebody else removes an analysis of the recording meanwhile", async () => {
      const { study, first } = await makeStudy(test, { agreed: true });
      const { folder, recorded, again } = await addReaders();
      await test.call(linkAnalysis, { session: first, analysis: recorded, role: "stimulus" });
      await test[Symbol.asyncDispose]();
      {
        const config = test.place.config();
        const log = createLog("error");
        await using store = await openStore(config, log);
        const { analyses } = await openJobs(store, config, syntheticRun, log);
        const removal = new Removal(store.db, config.dataDir, {
          get: (id) => analyses.get(id),
          delete: (id) => analyses.delete(id),
          readersOf: async (recording) => {
            const readers = await analyses.readersOf(recording);
            assert.deepEqual(
              readers.map(({ id }) => id),
              [again],
            );
            await analyses.delete(again);
            return readers;
          },
        });
        await removal.participant({ study, participant: "p1" });
      }
      await restart();
      assert.equal((await recordingsOf(study)).length, 1);
      await assert.rejects(access(folder));
    });
  });
}
