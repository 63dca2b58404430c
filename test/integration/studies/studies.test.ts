import assert from "node:assert/strict";
import { access, readdir } from "node:fs/promises";
import path from "node:path";
import {
  answerForm,
  completeForm,
  consentForm,
  createFormLink,
  getForm,
} from "../../../shared/protocol/beqForm.ts";
import { listAnalyses, startAnalysis } from "../../../shared/protocol/analyses.ts";
import {
  addParticipants,
  addSession,
  deleteParticipant,
  deleteSession,
  deleteStudy,
  getStudy,
  importResponses,
  linkAnalysis,
  listStudies,
  purgeStudies,
  updateParticipant,
  validateStudy,
} from "../../../shared/protocol/studyRoutes.ts";
import { createLog } from "../../../daemon/log.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { openJobs } from "../../../daemon/openJobs.ts";
import { StudyService } from "../../../daemon/studies/service.ts";
import { databases } from "../databases.ts";
import { daemonOfSuite, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, addRecording, agree, makeStudy, syntheticRun } from "./study.ts";

for (const database of databases) {
  describe(`studies on ${database.name}`, () => {
    let test: TestDaemon;
    const restart = daemonOfSuite(database, syntheticRun, (started) => (test = started));
    afterEach(async () => {
      for (const { id } of (await test.call(listStudies, {})).studies)
        await test.call(deleteStudy, { study: id });
    });

    it("adds participants by pseudonym, all or none", async () => {
      const { study } = await makeStudy(test);
      await assert.rejects(test.call(addParticipants, { study, ids: ["p3", "p1"] }), { status: 409 });
      await assert.rejects(test.call(addParticipants, { study, ids: ["p3", "p3"] }), { status: 409 });
      await assert.rejects(test.call(addParticipants, { study, ids: ["Jane Doe"] }), { status: 400 });
      const { participants } = (await test.call(getStudy, { study })).study;
      assert.deepEqual(
        participants.map(({ id }) => id),
        ["p1", "p2"],
      );
    });

    it("fills a form in answer by answer, after the consent and up to its end", async () => {
      const { study, first: session } = await makeStudy(test);
      const { form } = await test.call(getForm, { session });
      assert.deepEqual([form.consent.given, form.completed, form.answers.length], [false, false, 16]);
      await assert.rejects(test.call(answerForm, { session, item: 1, answer: 7 }), { status: 409 });
      await assert.rejects(test.call(consentForm, { session, version: "9" }), { status: 409 });
      await test.call(consentForm, { session, version: "1" });
      for (const wrong of [0, 8, 2.5]) {
        await assert.rejects(test.call(answerForm, { session, item: 1, answer: wrong }), { status: 400 });
      }
      await assert.rejects(test.call(answerForm, { session, item: 17, answer: 1 }), { status: 400 });
      await assert.rejects(test.call(completeForm, { session }), { status: 409 });
      await test.call(answerForm, { session, item: 1, answer: 7 });
      await test.call(answerForm, { session, item: 16, answer: 2 });
      await test.call(answerForm, { session, item: 1, answer: null });
      const answered = await test.call(answerForm, { session, item: 3, answer: 5 });
      assert.deepEqual(answered.form.answers, [null, null, 5, ...Array<null>(12).fill(null), 2]);
      assert.equal((await test.call(completeForm, { session })).form.completed, true);
      await assert.rejects(test.call(answerForm, { session, item: 2, answer: 1 }), { status: 409 });
      await assert.rejects(test.call(createFormLink, { session }), { status: 409 });
      const [person] = (await test.call(getStudy, { study })).study.participants;
      assert.equal(person?.consent?.version, "1");
      assert.equal(person.sessions[0]?.response?.source, "form");
      assert.ok(person.sessions[0].response.completedAt !== undefined);
    });

    const csv = (text: string) => Buffer.from(text).toString("base64");
    const heading = ["participant", ...Array.from({ length: 16 }, (_, k) => `beq${k + 1}`)].join(",");
    const fours = ",4".repeat(16);

    it("links and counts nobody whose consent is not recorded", async () => {
      const { study, first, second } = await makeStudy(test);
      const analysis = await addAnalysis(test, first);
      const link = { session: second, analysis, role: "stimulus" as const };
      await assert.rejects(test.call(linkAnalysis, link), {
        status: 409,
        message: /p2 has not given consent/,
      });
      const data = csv(`${heading}\np1${fours}\np2${fours}\n`);
      assert.equal((await test.call(importResponses, { study, data })).imported, 2);
      const listed = async () => {
        const [{ participants, consented, responses } = {}] = (await test.call(listStudies, {})).studies;
        const { html } = await test.call(validateStudy, { study, draws: 99 });
        return [participants, consented, responses, /No consent is recorded/.test(html)];
      };
      assert.deepEqual(await listed(), [2, 1, 1, true]);
      const consent = { version: "1", givenAt: "2026-01-01T00:00:00.000Z", givenBy: "on paper" };
      await test.call(updateParticipant, { study, participant: "p2", consent });
      assert.deepEqual(await listed(), [2, 2, 2, false]);
    });

    it("takes a table that is larger than other requests may be", async () => {
      const { study } = await makeStudy(test);
      const data = csv(`${heading},remark\np1${fours},${"x".repeat(1_500_000)}\n`);
      assert.equal((await test.call(importResponses, { study, data })).imported, 1);
    });

    it("links an analysis to one session only, and changes its role there", async () => {
      const { study, first, second } = await makeStudy(test);
      const analysis = await addAnalysis(test, first, "baseline");
      await agree(test, second);
      await assert.rejects(test.call(linkAnalysis, { session: second, analysis, role: "other" }), {
        status: 409,
        message: /another session/,
      });
      const linked = async () =>
        (await test.call(getStudy, { study })).study.participants[0]?.sessions[0]?.analyses;
      const link = { session: first, analysis, role: "stimulus" as const };
      await test.call(linkAnalysis, { ...link, face: 2 });
      assert.deepEqual(await linked(), [{ id: analysis, role: "stimulus", mediaName: "clip.mp4", face: 2 }]);
      await test.call(linkAnalysis, link);
      assert.deepEqual(await linked(), [{ id: analysis, role: "stimulus", mediaName: "clip.mp4" }]);
    });

    it("imports a table of responses as a whole or not at all, and says all that is wrong", async () => {
      const { study, first } = await makeStudy(test);
      const bad = `${heading}\np1,9${",4".repeat(15)}\nnobody${fours}\np2${fours}\np2${fours}\n`;
      const refused = await test.call(importResponses, { study, data: csv(bad) });
      assert.equal(refused.imported, 0);
      assert.deepEqual(
        refused.problems.map(({ line, column, code }) => [line, column, code]),
        [
          [2, "beq1", "answer"],
          [3, "participant", "participant_unknown"],
          [5, "participant", "two_forms"],
        ],
      );
      const untouched = (await test.call(getStudy, { study })).study.participants;
      assert.ok(untouched.every(({ sessions }) => sessions.every(({ response }) => response === undefined)));

      const good = await test.call(importResponses, {
        study,
        data: csv(`${heading}\np1${fours}\np2${fours}\n`),
      });
      assert.deepEqual([good.imported, good.problems], [2, []]);
      const [person] = (await test.call(getStudy, { study })).study.participants;
      assert.deepEqual(
        person?.sessions.map(({ id, response }) => [id, response?.source, response?.items[0]]),
        [[first, "csv", 4]],
      );

      // Asked for by name, a further session takes a further form.
      const { session } = await test.call(addSession, { study, participant: "p1" });
      const named = `${heading},session\np1${fours},${session.id}\np2${fours},${session.id}\n`;
      const foreign = await test.call(importResponses, { study, data: csv(named) });
      assert.deepEqual(
        foreign.problems.map(({ line, column, code }) => [line, column, code]),
        [[3, "session", "session"]],
      );
    });

    it("asks whether a pseudonym is meant that a spreadsheet wrote otherwise", async () => {
      const { study } = await makeStudy(test);
      await test.call(addParticipants, { study, ids: ["007", "S-12"] });
      const data = csv(`${heading}\n7${fours}\ns12${fours}\n8${fours}\n`);
      const { problems } = await test.call(importResponses, { study, data });
      assert.deepEqual(
        problems.map(({ message }) => /Is (\S+) meant/.exec(message)?.[1]),
        ["007", "S-12", undefined],
      );
    });

    it("takes of next week's export what is new, keeps what is the same, and lists what changed", async () => {
      const { study } = await makeStudy(test);
      await test.call(addParticipants, { study, ids: ["p3"] });
      const first = `${heading}\np1${fours}\np2${fours}\n`;
      await test.call(importResponses, { study, data: csv(first) });
      const next = `${heading}\np1${fours}\np2,5,${fours.slice(3)}\np3${fours}\n`;
      const again = await test.call(importResponses, { study, data: csv(next) });
      assert.deepEqual([again.imported, again.same, again.problems], [1, 1, []]);
      assert.deepEqual(again.changed, [
        { line: 3, participant: "p2", items: [{ item: 1, stored: 4, table: 5 }] },
      ]);
      const [, second, third] = (await test.call(getStudy, { study })).study.participants;
      assert.deepEqual(
        [second, third].map((person) => person?.sessions[0]?.response?.items[0]),
        [4, 4],
      );
    });

    it("makes a session of each visit that a table names, and finds it again", async () => {
      const { study, first } = await makeStudy(test);
      const visits = `visit,${heading}\nbefore,p1${fours}\nafter,p1${fours}\nbefore,p2${fours}\n`;
      assert.equal((await test.call(importResponses, { study, data: csv(visits) })).imported, 3);
      const again = await test.call(importResponses, { study, data: csv(visits) });
      assert.deepEqual([again.imported, again.same], [0, 3]);
      const [person] = (await test.call(getStudy, { study })).study.participants;
      assert.deepEqual(
        person?.sessions.map(({ id, label, response }) => [id === first, label, response !== undefined]),
        [
          [true, undefined, false],
          [false, "before", true],
          [false, "after", true],
        ],
      );
    });

    it("takes an export of Qualtrics by a map and with a code for no answer, and keeps where it came from", async () => {
      const { study } = await makeStudy(test);
      const columns = Array.from({ length: 16 }, (_, k) => `Q3_${k + 1}`);
      const table = `ResponseId,Finished,code,${columns.join(",")}\nR_1,True,p1,-99${",4".repeat(15)}\n`;
      const request = { study, data: csv(table), map: { beq: "Q3_#", participant: "code" } };
      const refused = await test.call(importResponses, request);
      assert.match(refused.problems[0]?.message ?? "", /-99.*missing code/);
      assert.equal((await test.call(importResponses, { ...request, missing: ["-99"] })).imported, 1);
      const [person] = (await test.call(getStudy, { study })).study.participants;
      assert.deepEqual(person?.sessions[0]?.response?.source, "qualtrics");
      assert.equal(person.sessions[0].response.items[0], null);
    });

    it("gives the responses out as a table that can be imported again and runs no formula", async () => {
      const { study } = await makeStudy(test);
      await test.call(addParticipants, { study, ids: ["-2_3"] });
      await test.call(importResponses, { study, data: csv(`${heading}\np1${fours}\n-2_3${fours}\n`) });
      const response = await test.ask(`/api/studies/${study}/responses.csv`, {
        headers: { authorization: `Bearer ${test.daemon.token.reveal()}` },
      });
      assert.equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
      const text = await response.text();
      assert.match(text, /^participant,session,completedAt,beq1,.*beq16\r\n/);
      assert.match(text, /^'-2_3,/m);
      const other = await makeStudy(test);
      await test.call(addParticipants, { study: other.study, ids: ["-2_3"] });
      const sessionless = text.replace(/^([^,]*),[^,]*/gm, "$1");
      const again = await test.call(importResponses, { study: other.study, data: csv(sessionless) });
      assert.deepEqual([again.imported, again.problems], [2, []]);
    });

    it("deletes a participant wholly: rows, forms, links, analyses, recordings and all files", async () => {
      const { study, first, second } = await makeStudy(test);
      const gone = [await addAnalysis(test, first, "baseline"), await addAnalysis(test, first)];
      const kept = await addAnalysis(test, second);
      const folder = await addRecording(test, "rec-2");
      gone.push(await addAnalysis(test, first, "stimulus", path.join(folder, "camera.webm")));
      // Analysed again, and linked to no session.
      gone.push(
        (await test.call(startAnalysis, { mediaPath: path.join(folder, "camera.webm") })).analysis.id,
      );
      const [person] = (await test.call(getStudy, { study })).study.participants;
      assert.deepEqual(person?.sessions[0]?.recordings, [{ id: "rec-2", name: "camera.webm" }]);
      await test.call(consentForm, { session: first, version: "1" });
      await test.call(answerForm, { session: first, item: 1, answer: 7 });
      await test.call(createFormLink, { session: first });
      const { leftMedia } = await test.call(deleteParticipant, { study, participant: "p1" });
      assert.deepEqual(leftMedia, Array(2).fill(path.join(test.clips, "clip.mp4")));
      await access(leftMedia[0]!);
      await assert.rejects(access(folder));
      await assert.rejects(test.call(deleteParticipant, { study, participant: "p1" }), { status: 404 });
      await assert.rejects(test.call(getForm, { session: first }), { status: 404 });
      const left = (await test.call(listAnalyses, {})).analyses.map(({ id }) => id);
      assert.ok(left.includes(kept) && gone.every((id) => !left.includes(id)));
      const folders = await readdir(path.join(test.place.dataDir, "analyses"));
      assert.deepEqual(
        gone.filter((id) => folders.some((name) => name.includes(id))),
        [],
      );
      const { participants } = (await test.call(getStudy, { study })).study;
      assert.deepEqual(
        participants.map(({ id }) => id),
        ["p2"],
      );
      await test.call(deleteSession, { session: second });
      assert.deepEqual(
        (await test.call(listAnalyses, {})).analyses.filter(({ id }) => id === kept),
        [],
      );
    });

    it("purges those whose retention date has passed, and only when asked to remove", async () => {
      const { study } = await makeStudy(test);
      await test.call(updateParticipant, {
        study,
        participant: "p1",
        retainUntil: "2020-01-01T00:00:00.000Z",
      });
      await test.call(updateParticipant, {
        study,
        participant: "p2",
        retainUntil: "2999-01-01T00:00:00.000Z",
      });
      const shown = await test.call(purgeStudies, { remove: false });
      assert.deepEqual(
        shown.expired.map(({ participant }) => participant),
        ["p1"],
      );
      assert.equal((await test.call(getStudy, { study })).study.participants.length, 2);
      await test.call(purgeStudies, { remove: true });
      assert.deepEqual(
        (await test.call(getStudy, { study })).study.participants.map(({ id }) => id),
        ["p2"],
      );
    });

    it("ends a deletion that a crash interrupted, at the next start", async () => {
      const { study, first } = await makeStudy(test);
      const analysis = await addAnalysis(test, first);
      const folder = await addRecording(test, "rec-1");
      await test[Symbol.asyncDispose]();
      const config = test.place.config();
      const log = createLog("error");
      {
        // What a kill leaves: the mark is written, some files are gone, the rows are there.
        await using store = await openStore(config, log);
        await store.db
          .insertInto("session_recordings")
          .values({ recording_id: "rec-1", session_id: first, name: "camera.webm", sha256: null })
          .execute();
        await store.db.updateTable("participants").set({ deleting: true }).where("id", "=", "p1").execute();
        const { analyses } = await openJobs(store, config, syntheticRun, log);
        const studies = await StudyService.open(store, config.dataDir, analyses);
        assert.deepEqual(
          (await studies.rows.get(study)).study.participants.map(({ id }) => id),
          ["p2"],
        );
        for (const table of [
          "participants",
          "study_sessions",
          "session_analyses",
          "session_recordings",
        ] as const) {
          const rows = await store.db.selectFrom(table).selectAll().execute();
          assert.ok(!JSON.stringify(rows).includes(first) && !JSON.stringify(rows).includes('"p1"'), table);
        }
      }
      await assert.rejects(access(folder));
      await assert.rejects(access(path.join(test.place.dataDir, "analyses", analysis)));
      await restart();
    });
  });
}
