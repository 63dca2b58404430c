import assert from "node:assert/strict";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { getAnalysis, getResult, startAnalysis } from "../../../shared/protocol/analyses.ts";
import { getCorrections } from "../../../shared/protocol/corrections.ts";
import {
  cancelFaceSearch,
  decideFaces,
  getFacePicture,
  getStudyFaces,
  searchFaces,
  type StudyFace,
} from "../../../shared/protocol/studyFaces.ts";
import {
  addParticipants,
  addSession,
  deleteParticipant,
  linkAnalysis,
  unlinkAnalysis,
} from "../../../shared/protocol/studyRoutes.ts";
import { getStudyTable } from "../../../shared/protocol/studyTable.ts";
import { makePhotoClip, type Shot } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";
import { until } from "../../support/until.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { agree, makeStudy } from "./study.ts";

/** Two of four people who stand side by side: the second of the left view is the first of the middle one. */
const views = { left: [[sample("sample4.jpg", 0, 60)]], middle: [[sample("sample4.jpg", 330, 60)]] } as const;
function sample(photo: string, x: number, y: number): Shot {
  return { photo, seconds: 0.6, from: [x, y], to: [x + 6, y] };
}

describe("faces across the clips of a study", function () {
  this.timeout(300_000);
  let models: Models;
  let test: TestDaemon;
  let study: string;
  let sessions: { first: string; second: string };
  const clips: string[] = [];
  before(async () => {
    models = await openProductModels();
    test = await startTestDaemon({ run: (request, context) => runAnalysis(request, { models, ...context }) });
    const made = await makeStudy(test, { agreed: true });
    [study, sessions] = [made.study, made];
    for (const [name, session] of [
      ["left", made.first],
      ["middle", made.second],
    ] as const) {
      const file = await makePhotoClip(path.join(test.clips, `${name}.mp4`), views[name][0]);
      clips.push(await analyse(file, session));
    }
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  /** With the product's networks, which take their time on a busy machine. */
  const analyse = async (mediaPath: string, session: string): Promise<string> => {
    const { id } = (await test.call(startAnalysis, { mediaPath })).analysis;
    await until(async () => (await test.call(getAnalysis, { id })).analysis.state === "done", 120_000);
    await test.call(linkAnalysis, { session, analysis: id, role: "stimulus" });
    return id;
  };
  const list = () => test.call(getStudyFaces, { study });
  const compare = async () => {
    await test.call(searchFaces, { study });
    await until(async () => (await list()).search?.state !== "running", 120_000);
    const found = await list();
    assert.equal(found.search?.state, "done", found.search?.failure?.message);
    return found;
  };
  const side = ({ analysis, track }: StudyFace) => ({ analysis, track });

  it("are proposed with their likeness where they are one person's, and nothing is decided", async () => {
    assert.deepEqual(await list(), { proposals: [], proposed: 0, decided: [] });
    const { found, proposals, proposed } = await compare();
    assert.equal(found?.faces, 5);
    assert.equal(proposed, 1);
    const [{ a, b, likeness, oneIn } = assert.fail("no proposal")] = proposals;
    assert.ok(likeness > 0.96 && likeness <= 1, `likeness ${likeness}`);
    assert.equal(oneIn, undefined, "rarer among two people than was measured");
    assert.deepEqual([a.mediaName, b.mediaName].sort(), ["left.mp4", "middle.mp4"]);
    for (const id of clips) assert.deepEqual((await test.call(getCorrections, { id })).entries, []);
    const { picture } = await test.call(getFacePicture, { study, ...side(a) });
    assert.deepEqual([...Buffer.from(picture.split(",")[1]!, "base64").subarray(0, 2)], [0xff, 0xd8]);
  });

  it("that somebody told apart are not proposed again, until that is taken back", async () => {
    const [{ a, b } = assert.fail("no proposal")] = (await list()).proposals;
    const pair = { study, a: side(a), b: side(b), by: "kim" };
    await test.call(decideFaces, { ...pair, verdict: "different" });
    const { proposals, decided } = await compare();
    assert.deepEqual(
      [proposals.length, decided.map(({ verdict, by }) => [verdict, by])],
      [0, [["different", "kim"]]],
    );
    await test.call(decideFaces, { ...pair, verdict: "open" });
    assert.equal((await list()).proposals.length, 1);
  });

  it("that are one person's are corrected in each clip, and the table measures the participant's own", async () => {
    const [{ a, b } = assert.fail("no proposal")] = (await list()).proposals;
    const pair = { study, a: side(a), b: side(b), by: "kim", verdict: "same" as const };
    await assert.rejects(test.call(decideFaces, pair), { code: "invalid_request" });
    const nobody = { kind: "participant" as const, participant: "p77" };
    await assert.rejects(test.call(decideFaces, { ...pair, as: nobody }), { code: "not_found" });
    await test.call(decideFaces, { ...pair, as: { kind: "participant", participant: "p2" } });
    for (const face of [a, b]) {
      const { tracks } = (await test.call(getResult, { id: face.analysis })).result;
      assert.equal(tracks.find(({ id }) => id === face.track)?.participant, "p2");
    }
    const { proposals, decided } = await list();
    assert.deepEqual(proposals, []);
    assert.deepEqual(
      decided.map(({ verdict, a: one, b: other }) => [verdict, one.participant, other.participant]),
      [["same", "p2", "p2"]],
    );
    await test.call(decideFaces, { ...pair, verdict: "open" });
    assert.equal((await list()).proposals.length, 1, "what it wrote is taken back with it");
    for (const { analysis } of [a, b]) {
      const { entries } = await test.call(getCorrections, { id: analysis });
      assert.deepEqual([entries.length, entries[0]?.undone?.by], [1, "kim"]);
    }
    await test.call(decideFaces, { ...pair, as: { kind: "ignore" } });
    const { decided: ignored, proposals: none } = await list();
    assert.deepEqual([ignored.map((one) => one.a.gone), none], [[true], []]);
    await test.call(decideFaces, { ...pair, as: { kind: "participant", participant: "p2" } });
    // The clip of p1 is measured by the face that is nobody else's.
    const own = (await test.call(getStudyTable, { study })).table;
    const coverage = own.measures.findIndex(({ name }) => name === "behaviour.coverage");
    assert.equal(own.values.length, 2);
    assert.ok(own.values.every((row) => row[coverage]! > 0));
  });

  it("of who has not agreed, or of clips that were taken out, are not compared nor kept", async () => {
    const analysis = clips[1]!;
    await test.call(unlinkAnalysis, { session: sessions.second, analysis });
    assert.equal((await list()).found?.faces, 2);
    await test.call(linkAnalysis, { session: sessions.second, analysis, role: "stimulus" });
    assert.equal((await list()).found?.faces, 2, "nothing of it was kept");
    await test.call(addParticipants, { study, ids: ["p3"] });
    const third = (await test.call(addSession, { study, participant: "p3" })).session.id;
    await agree(test, third);
    assert.equal((await compare()).found?.faces, 5);
    await test.call(deleteParticipant, { study, participant: "p1" });
    const rest = await list();
    assert.deepEqual([rest.found?.faces, rest.decided], [3, []]);
    await assert.rejects(test.call(searchFaces, { study }), { code: "not_enough_data" });
  });

  it("are compared until somebody stops it", async () => {
    const session = (await test.call(addSession, { study, participant: "p3" })).session.id;
    await analyse(path.join(test.clips, "left.mp4"), session);
    await test.call(searchFaces, { study });
    await test.call(cancelFaceSearch, { study });
    await until(async () => (await list()).search?.state === "cancelled", 120_000);
    assert.equal((await list()).found?.faces, 3, "what was found before stays");
    await assert.rejects(test.call(cancelFaceSearch, { study }), { code: "not_found" });
  });
});
