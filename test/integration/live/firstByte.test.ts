import assert from "node:assert/strict";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  cancelAnalysis,
  deleteAnalysis,
  getAnalysis,
  listAnalyses,
  previewDeletion,
} from "../../../shared/protocol/analyses.ts";
import { getLive, startLive, stopLive } from "../../../shared/protocol/live.ts";
import { deleteSession, linkAnalysis } from "../../../shared/protocol/studyRoutes.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { databases } from "../databases.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { makeStudy, saveArchive } from "../studies/study.ts";
import { daemonOfSuite, quickRun, type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";
import { connect, ended } from "./liveClient.ts";

for (const database of databases) {
  describe(`a capture is known from its first byte, on ${database.name}`, () => {
    const folder = temporaryFolder();
    let test: TestDaemon;
    let webm: Buffer;
    let clip: string;
    const restart = daemonOfSuite(database, quickRun, (started) => (test = started));
    before(async () => {
      clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), 1);
      const file = path.join(folder.path, "page.webm");
      await makeClip(file, "-i", clip, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus");
      webm = await readFile(file);
      await makePhotoClip(path.join(test.clips, "long.mp4"), 20);
    });

    const at = (...names: string[]) => path.join(test.place.dataDir, ...names);
    const stateOf = async (id: string) => (await test.call(getAnalysis, { id })).analysis.state;
    const isListed = async (id: string) =>
      (await test.call(listAnalyses, {})).analyses.some((one) => one.id === id);
    const startPage = async () =>
      (await test.call(startLive, { source: { kind: "page" }, record: true })).session.id;
    /** What lies where sessions leave files. */
    const left = async () => {
      const names = async (name: string) => await readdir(at(name)).catch((): string[] => []);
      return { recordings: await names("recordings"), analyses: await names("analyses") };
    };

    it("while its networks are still loaded: listed, exported with its study and deleted", async () => {
      await using client = connect(test);
      const id = await startPage();
      assert.equal((await client.ask("live:push-recording", { id, seq: 0, chunk: webm })).next, 1);
      assert.equal((await test.call(getLive, { id })).session.state, "starting");
      assert.equal(await stateOf(id), "running");
      const { first, study } = await makeStudy(test, { agreed: true });
      await test.call(linkAnalysis, { session: first, analysis: id, role: "stimulus" });
      const archive = await saveArchive(test, study, path.join(folder.path, "study.zip"));
      assert.match(
        (await readFile(archive)).toString("latin1"),
        new RegExp(`recordings/${id}/\\d.* capture\\.webm`),
      );

      assert.equal((await test.call(previewDeletion, { id })).clip, "recording_goes");
      await test.call(deleteAnalysis, { id, recording: "remove" });
      assert.equal(await isListed(id), false);
      assert.deepEqual(await left(), { recordings: [], analyses: [] });
      assert.equal((await ended(test, id)).recording?.on, false);
    });

    it("and goes with its participant's session in the middle", async () => {
      await using client = connect(test);
      const id = await startPage();
      await client.ask("live:push-recording", { id, seq: 0, chunk: webm });
      const { first } = await makeStudy(test, { agreed: true });
      await test.call(linkAnalysis, { session: first, analysis: id, role: "stimulus" });
      await test.call(deleteSession, { session: first });
      assert.deepEqual(await left(), { recordings: [], analyses: [] });
    });

    it("one that ends before its networks are loaded stays as a recording that can be analysed", async () => {
      await using client = connect(test);
      const id = await startPage();
      await client.ask("live:push-recording", { id, seq: 0, chunk: webm, last: true });
      const { session } = await client.ask("live:end", { id });
      assert.equal(session.analysisId, id);
      assert.ok(["done", "interrupted"].includes(await stateOf(id)));
      const [name] = (await readdir(at("recordings", id))).filter((one) => one.endsWith(".webm"));
      assert.match(name!, /^\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d capture\.webm$/);
      assert.deepEqual(await readFile(at("recordings", id, name!)), webm);
      await test.call(deleteAnalysis, { id, recording: "remove" });
      assert.deepEqual(await left(), { recordings: [], analyses: [] });
    });

    it("one that is cancelled as an analysis ends, with what it has", async () => {
      const source = { kind: "file", path: path.join(test.clips, "long.mp4") } as const;
      const { id } = (await test.call(startLive, { source, record: true })).session;
      await until(async () => (await test.call(getLive, { id })).session.recording !== undefined, 90_000);
      assert.equal(await stateOf(id), "running");
      await test.call(cancelAnalysis, { id });
      assert.equal((await ended(test, id)).analysisId, id);
      assert.equal(await stateOf(id), "done");
      await test.call(deleteAnalysis, { id, recording: "remove" });
      assert.deepEqual(await left(), { recordings: [], analyses: [] });
    });

    it("one that is stopped before anything came leaves no folder and no row", async () => {
      const source = { kind: "file", path: path.join(test.clips, "long.mp4") } as const;
      const starts = [{ kind: "page" } as const, source].map(async (of) => {
        const { id } = (await test.call(startLive, { source: of, record: true })).session;
        const { session } = await test.call(stopLive, { id });
        assert.equal(session.recording, undefined);
        assert.equal(session.analysisId, undefined);
        assert.equal(await isListed(id), false);
      });
      await Promise.all(starts);
      assert.deepEqual(await left(), { recordings: [], analyses: [] });
    });

    it("what a killed daemon left before the first byte is gone at the next start, the rest is listed", async () => {
      await test[Symbol.asyncDispose]();
      const ids = ["4b0f7c9e-3a52-4c16-9d5e-0a1b2c3d4e5f", "5b0f7c9e-3a52-4c16-9d5e-0a1b2c3d4e5f"] as const;
      for (const [n, id] of ids.entries()) {
        await mkdir(at("recordings", id), { recursive: true });
        await writeFile(at("recordings", id, "recording.webm"), n === 0 ? "" : webm);
        const kept = { id, startedAt: "2026-01-01T00:00:00.000Z", source: { kind: "page" } };
        const more = {
          pipeline: "multimodal",
          config: {},
          recording: { path: "recording.webm", startMs: 0 },
        };
        await writeFile(at("recordings", id, "session.json"), JSON.stringify({ ...kept, ...more }));
      }
      await restart();
      assert.equal(await isListed(ids[0]), false);
      await assert.rejects(access(at("recordings", ids[0])));
      assert.equal(await stateOf(ids[1]), "interrupted");
    });
  });
}
