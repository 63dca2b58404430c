import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { createLog } from "../../../daemon/log.ts";
import { openStudyArchive } from "../../../daemon/beq/studyArchive.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { removeUnfinishedImports } from "../../../daemon/studies/archiveImport.ts";
import { answerForm, completeForm, consentForm } from "../../../shared/protocol/beqForm.ts";
import { importStudy } from "../../../shared/protocol/studyArchives.ts";
import {
  addConsentText,
  addSession,
  deleteStudy,
  getStudy,
  listStudies,
  setCutoffs,
  updateParticipant,
} from "../../../shared/protocol/studyRoutes.ts";
import { setSelfReport } from "../../../shared/protocol/selfReports.ts";
import type { Study } from "../../../shared/protocol/studyFile.ts";
import { databases } from "../databases.ts";
import { daemonOfSuite, startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { addAnalysis, addRecording, makeStudy, readText, saveArchive, syntheticRun } from "./study.ts";

const failsWith = (code: string) => (error: unknown) =>
  (error as { body?: { code: string } }).body?.code === code || assert.fail(String(error));
const cutoffs = JSON.stringify({ schemaVersion: 1, nex: [3, 5], pex: [3, 5], str: [3, 5] });

for (const database of databases) {
  describe(`archives of studies on ${database.name}`, () => {
    let test: TestDaemon;
    const restart = daemonOfSuite(database, syntheticRun, (started) => (test = started));
    let file: string;
    let study: string;
    let analysis: string;
    before(async function () {
      this.timeout(180_000);
      const made = await makeStudy(test);
      study = made.study;
      analysis = await addAnalysis(test, made.first, "baseline");
      await addRecording(test, "rec-1");
      await test[Symbol.asyncDispose]();
      {
        await using store = await openStore(test.place.config(), createLog("error"));
        await store.db
          .insertInto("session_recordings")
          .values({ recording_id: "rec-1", session_id: made.first, name: "camera.webm", sha256: null })
          .execute();
      }
      await restart();
      await test.call(addConsentText, { study, text: "Second text, with \u201cquotes\u201d" });
      await test.call(setCutoffs, { study, text: cutoffs });
      await test.call(updateParticipant, {
        study,
        participant: "p2",
        retainUntil: "2999-01-01T00:00:00.000Z",
        covariates: { age: 31.5 },
        consent: { version: "1", givenAt: "2026-01-01T00:00:00.000Z", givenBy: "=cmd()" },
      });
      await test.call(consentForm, { session: made.first, version: "2" });
      for (const item of [1, 2, 16]) await test.call(answerForm, { session: made.first, item, answer: 5 });
      await test.call(completeForm, { session: made.first });
      await test.call(setSelfReport, {
        ...{ session: made.first, analysis, startMs: 0, endMs: 200 },
        label: "sad",
      });
      const { session: again } = await test.call(addSession, { study, participant: "p1" });
      await test.call(answerForm, { session: again.id, item: 1, answer: 3 });
      file = await saveArchive(test, study, path.join(test.place.dataDir, "study.zip"));
    });

    const contents = async (): Promise<Map<string, Buffer>> => {
      await using archive = await openStudyArchive(file);
      const all = new Map<string, Buffer>();
      for (const { name } of archive.files) all.set(name, await buffer((await archive.open(name))!));
      return all;
    };
    /** Writes an archive of these files; `lie` changes what the list says of them. */
    const write = async (
      files: ReadonlyMap<string, Buffer>,
      lie: (list: { name: string; bytes: number; sha256: string }[]) => unknown = (list) => list,
      mode = 0o100644,
    ): Promise<string> => {
      const target = path.join(test.place.dataDir, "changed.zip");
      const zip = new ZipFile();
      for (const [name, content] of files) zip.addBuffer(content, name, { mode });
      const list = [...files].map(([name, content]) => ({
        name,
        bytes: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
      }));
      zip.addBuffer(
        Buffer.from(JSON.stringify({ format: "edin-study", version: 1, files: lie(list) })),
        "files.json",
      );
      zip.end();
      await pipeline(zip.outputStream, createWriteStream(target));
      return target;
    };
    /** The study's own name for `..` cannot be written with a library: the bytes are changed afterwards. */
    const rename = async (archive: string, from: string, to: string): Promise<void> => {
      assert.equal(from.length, to.length);
      const bytes = await readFile(archive);
      await writeFile(archive, Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1"));
    };

    it("brings a study to another machine: everything, byte for byte", async () => {
      await using other = await startTestDaemon({ run: syntheticRun });
      assert.equal((await other.call(importStudy, { path: file })).study.id, study);
      const view = (await other.call(getStudy, { study })).study;
      assert.deepEqual(view, {
        ...(await test.call(getStudy, { study })).study,
        // The clip stays where it was; its name comes along.
        participants: view.participants,
      });
      const back = await saveArchive(other, study, path.join(other.place.dataDir, "back.zip"));
      await using before = await openStudyArchive(file);
      await using after = await openStudyArchive(back);
      assert.deepEqual(after.study, before.study);
      const byName = (files: typeof before.files) => files.toSorted((a, b) => a.name.localeCompare(b.name));
      assert.deepEqual(byName(after.files), byName(before.files));
      assert.deepEqual(
        byName(before.files).map(({ name }) => name),
        [
          `analyses/${analysis}/analysis.json`,
          `analyses/${analysis}/frames.jsonl`,
          "cutoffs.json",
          "recordings/rec-1/camera.webm",
          "study.json",
        ],
      );
      const [first] = before.study.participants;
      const here = (await test.call(getStudy, { study })).study.participants[0]?.sessions;
      assert.deepEqual(here?.[1]?.response?.items[0], 3, "what the participant has not handed in stays here");
      assert.equal(first?.sessions[1]?.response, undefined);
      assert.deepEqual(
        first?.selfReports?.map(({ label }) => label),
        ["sad"],
      );
      assert.equal(
        await readText(path.join(other.place.dataDir, "recordings/rec-1/camera.webm")),
        "recording rec-1",
      );

      await assert.rejects(other.call(importStudy, { path: file }), failsWith("conflict"));
      await other.call(deleteStudy, { study });
      assert.deepEqual(await readdir(path.join(other.place.dataDir, "analyses")), []);
      assert.deepEqual(await readdir(path.join(other.place.dataDir, "recordings")), []);
      await other.call(importStudy, { path: file });
    });

    const evil: [name: string, make: (files: Map<string, Buffer>) => Promise<string>, code: string][] = [
      ["no zip", () => Promise.resolve(path.join(test.clips, "clip.mp4")), "invalid_request"],
      ["nothing there", () => Promise.resolve(path.join(test.place.dataDir, "none.zip")), "invalid_request"],
      ["a relative path", () => Promise.resolve("study.zip"), "invalid_path"],
      ["a network path", () => Promise.resolve("\\\\evil.example\\share\\study.zip"), "invalid_path"],
      [
        "a name that leads out",
        async (files) => {
          const name = "analyses/aaaaa/evil.txt";
          const archive = await write(files.set(name, Buffer.from("x")));
          await rename(archive, name, "../../../../../evil.txt");
          return archive;
        },
        "invalid_request",
      ],
      [
        "an absolute name",
        async (files) => {
          const archive = await write(files.set("analyses/a/evil.txt", Buffer.from("x")));
          await rename(archive, "analyses/a/evil.txt", "/tmp/edin-evi/a.txt");
          return archive;
        },
        "invalid_request",
      ],
      [
        "a backslash",
        async (files) => {
          const archive = await write(files.set("analyses/a/evil.txt", Buffer.from("x")));
          await rename(archive, "analyses/a/evil.txt", "analyses\\a\\evil.txt");
          return archive;
        },
        "invalid_request",
      ],
      [
        "a file beside the layout",
        (files) => write(files.set("daemon.json", Buffer.from("{}"))),
        "invalid_request",
      ],
      ["links", (files) => write(files, undefined, 0o120777), "invalid_request"],
      [
        "a wrong hash",
        (files) => write(files, (list) => list.map((one) => ({ ...one, sha256: "0".repeat(64) }))),
        "invalid_request",
      ],
      [
        "an unlisted file",
        (files) => write(files, (list) => list.filter(({ name }) => !name.endsWith("frames.jsonl"))),
        "invalid_request",
      ],
      [
        "a listed file that is missing",
        (files) =>
          write(files, (list) => [...list, { name: "analyses/x/y", bytes: 1, sha256: "0".repeat(64) }]),
        "invalid_request",
      ],
      [
        "a bomb",
        (files) => write(files.set("recordings/rec-1/zeros", Buffer.alloc(170_000_000))),
        "too_large",
      ],
      [
        "an analysis without results",
        (files) => {
          files.delete(`analyses/${analysis}/analysis.json`);
          return write(files);
        },
        "invalid_request",
      ],
      [
        "an analysis that is another",
        (files) => write(files.set(`analyses/${analysis}/analysis.json`, Buffer.from("{}"))),
        "invalid_request",
      ],
      [
        "an item out of range",
        (files) => {
          const value = JSON.parse(files.get("study.json")!.toString()) as Study;
          value.participants[0]!.sessions[0]!.response!.items[3] = 9;
          return write(files.set("study.json", Buffer.from(JSON.stringify(value))));
        },
        "invalid_request",
      ],
      [
        "cut-offs out of order",
        (files) => write(files.set("cutoffs.json", Buffer.from(cutoffs.replace("[3,5]", "[5,3]")))),
        "invalid_request",
      ],
      [
        "an archive that is cut off",
        async (files) => {
          const archive = await write(files);
          await truncate(archive, 3000);
          return archive;
        },
        "invalid_request",
      ],
    ];
    // The daemon that refuses has a database of its own: once is enough.
    if (database === databases[0])
      it(`refuses ${evil.map(([name]) => name).join(", ")}; and nothing is changed`, async function () {
        this.timeout(180_000);
        await using other = await startTestDaemon({ run: syntheticRun });
        const { dataDir } = other.place;
        const before = await readdir(dataDir);
        for (const [name, make, code] of evil) {
          const archive = await make(new Map(await contents()));
          await assert.rejects(other.call(importStudy, { path: archive }), failsWith(code), name);
          assert.deepEqual((await other.call(listStudies, {})).studies, [], name);
          for (const folder of ["analyses", "recordings", "imports"])
            assert.deepEqual(await readdir(path.join(dataDir, folder)).catch(() => []), [], name);
        }
        const fresh = (await readdir(dataDir)).filter((name) => !before.includes(name));
        assert.deepEqual(fresh, ["imports"]);
        await assert.rejects(access("/tmp/edin-evi"));
      });

    it("takes back an import that a kill interrupted before its rows were written", async () => {
      await test[Symbol.asyncDispose]();
      {
        await using store = await openStore(test.place.config(), createLog("error"));
        const stray = "0b2f4a6e-9d0c-4c55-8f0a-2f3f2b1c9a11";
        const aside = path.join(test.place.dataDir, "imports", "half");
        await mkdir(path.join(aside, "analyses"), { recursive: true });
        await mkdir(path.join(test.place.dataDir, "analyses", stray));
        // Both were listed; the first was put into its place, and the second belongs to a study that is here.
        const placed = { analyses: [stray, analysis], recordings: ["rec-1"] };
        await writeFile(path.join(aside, "placed.json"), JSON.stringify(placed));
        await removeUnfinishedImports(store.db, test.place.dataDir);
        assert.deepEqual(await readdir(path.join(test.place.dataDir, "imports")), []);
        assert.ok(!(await readdir(path.join(test.place.dataDir, "analyses"))).includes(stray));
        await access(path.join(test.place.dataDir, "analyses", analysis, "analysis.json"));
        await access(path.join(test.place.dataDir, "recordings", "rec-1", "camera.webm"));
      }
      await restart();
    });

    it("tells who reads a file of an archive when it is not the one that was exported", async () => {
      const { checked } = await import("../../../daemon/beq/studyArchive.ts");
      const read = (sha256: string) =>
        buffer(Readable.from(checked(Readable.from([Buffer.from("abc")]), { name: "x", bytes: 3, sha256 })));
      const right = createHash("sha256").update("abc").digest("hex");
      assert.equal((await read(right)).toString(), "abc");
      await assert.rejects(read("0".repeat(64)), /its hash differs/);
    });
  });
}
