import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { openStudyArchive } from "../../daemon/beq/studyArchive.ts";
import { isAppError } from "../../shared/errors.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import { importStudy } from "../../shared/protocol/studyArchives.ts";
import { deleteStudy, listStudies } from "../../shared/protocol/studyRoutes.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { loadStudy } from "../../daemon/beq/loadStudy.ts";
import { readEmotionTrace } from "../../daemon/beq/emotionTrace.ts";
import { syntheticAnalysis, syntheticFrames } from "../support/syntheticResult.ts";
import {
  addAnalysis,
  addRecording,
  makeStudy,
  saveArchive,
  syntheticRun,
} from "../integration/studies/study.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../integration/testDaemon.ts";
import { until } from "../support/until.ts";

type Files = Map<string, Buffer>;

/** What stands in an archive about a file: `bytes` in its list, `unpacked` in the zip's own directory. */
type Lie = (name: string, size: number) => { bytes?: number; unpacked?: number };

describe("archives of studies that lie, are damaged or claim what is not theirs", function () {
  this.timeout(180_000);
  let test: TestDaemon;
  let folder: string;
  const analysis = "6f1c2a34-0d5e-4b6f-8a7b-1c2d3e4f5a6b";
  const at = (name: string) => path.join(folder, name);
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-archives-"));
    test = await startTestDaemon({ run: syntheticRun });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const session = { id: "s1", startedAt: "2026-01-01T00:00:00.000Z" };
  function studyOf(recording: string, analyses: string[] = [analysis]) {
    const linked = analyses.map((id) => ({ id, role: "stimulus" }));
    const recordings = [{ id: recording, name: "camera.webm" }];
    const person = { id: "p1", createdAt: session.startedAt, covariates: {} };
    return {
      ...{ schemaVersion: 1, id: "evil", name: "Evil", createdAt: session.startedAt, consentVersions: [] },
      participants: [{ ...person, sessions: [{ ...session, analyses: linked, recordings }] }],
    };
  }
  function filesOf(study: object): Files {
    const options = { id: analysis, durationMs: 2000 };
    const lines = syntheticFrames(options).map((line) => JSON.stringify(line));
    return new Map([
      ["study.json", Buffer.from(JSON.stringify(study))],
      [`analyses/${analysis}/analysis.json`, Buffer.from(JSON.stringify(syntheticAnalysis(options)))],
      [`analyses/${analysis}/frames.jsonl`, Buffer.from(`${lines.join("\n")}\n`)],
      ["recordings/rec-9/camera.webm", Buffer.alloc(100_000, "a face ")],
    ]);
  }
  async function pack(files: Files, lie: Lie = () => ({})): Promise<Buffer> {
    const zip = new ZipFile();
    for (const [name, content] of files) zip.addBuffer(content, name);
    const list = [...files].map(([name, content]) => ({
      ...{ name, bytes: lie(name, content.length).bytes ?? content.length },
      sha256: createHash("sha256").update(content).digest("hex"),
    }));
    zip.addBuffer(
      Buffer.from(JSON.stringify({ format: "edin-study", version: 1, files: list })),
      "files.json",
    );
    zip.end();
    const bytes = await buffer(zip.outputStream);
    for (const [name, content] of files) {
      const { unpacked } = lie(name, content.length);
      // The name follows 46 bytes after the signature of its entry in the directory at the end.
      if (unpacked !== undefined) bytes.writeUInt32LE(unpacked, bytes.lastIndexOf(name) - 46 + 24);
    }
    return bytes;
  }

  /** Imports what may be anything: it is taken as a whole or refused with a reason, and nothing is left of it. */
  async function survives(archive: Buffer, what: string): Promise<number> {
    await writeFile(at("one.zip"), archive);
    const response = await test.ask(
      ...withToken(importStudy, { path: at("one.zip") }, test.daemon.token.reveal()),
    );
    const body = await response.text();
    assert.ok(response.status < 500, `${what}: ${response.status} ${body}`);
    await test.call(getStatus, {});
    if (response.ok) await test.call(deleteStudy, { study: "evil" });
    assert.deepEqual((await test.call(listStudies, {})).studies, [], what);
    for (const name of ["imports", "analyses", "recordings"])
      assert.deepEqual(await readdir(path.join(test.place.dataDir, name)).catch(() => []), [], what);
    return response.status;
  }

  it("an entry whose sizes lie is refused, whichever it is, and the daemon lives", async () => {
    const files = filesOf(studyOf("rec-9"));
    assert.equal(await survives(await pack(files), "as it should be"), 200);
    for (const name of files.keys()) {
      const only = (size: (real: number) => number) => {
        const lie: Lie = (other, real) => (other === name ? { bytes: size(real), unpacked: size(real) } : {});
        return pack(files, lie);
      };
      for (const [how, size] of [
        ["less", () => 10],
        ["none", () => 0],
        ["more", (real: number) => real + 5],
      ] as const)
        assert.equal(await survives(await only(size), `${name} says ${how}`), 400);
    }
  });

  it("a text that cannot be kept is refused, and the field named", async () => {
    for (const name of ["a\0b", "half \ud83d"]) {
      const archive = await pack(filesOf({ ...studyOf("rec-9"), name }));
      assert.equal(await survives(archive, JSON.stringify(name)), 400);
    }
  });

  it("a flipped bit or a cut anywhere is refused or does no harm", async () => {
    const whole = await pack(filesOf(studyOf("rec-9")));
    const random = seededRandom(19);
    for (let n = 0; n < 60; n++) {
      const bytes = Buffer.from(whole);
      const place = Math.floor(random() * bytes.length);
      bytes[place]! ^= 1 << Math.floor(random() * 8);
      await survives(bytes, `bit at ${place}`);
    }
    for (let n = 0; n < 16; n++) {
      const cut = Math.floor((whole.length * n) / 16);
      assert.equal(await survives(whole.subarray(0, cut), `cut at ${cut}`), 400);
    }
  });

  it("a caller who goes away leaves nothing half", async () => {
    await writeFile(at("large.zip"), await pack(filesOf(studyOf("rec-9"))));
    for (let n = 0; n < 5; n++) {
      const [target, init] = withToken(importStudy, { path: at("large.zip") }, test.daemon.token.reveal());
      await test.ask(target, { ...init, signal: AbortSignal.timeout(5 * n + 1) }).catch(() => undefined);
    }
    // What was under way goes on to its end: the study is there as a whole, or nothing of it is.
    await until(async () => {
      await test.call(deleteStudy, { study: "evil" }).catch(() => undefined);
      const left = await readdir(path.join(test.place.dataDir, "imports")).catch(() => []);
      return left.length === 0 && (await test.call(listStudies, {})).studies.length === 0;
    });
    assert.equal(await survives(await pack(filesOf(studyOf("rec-9"))), "afterwards"), 200);
  });

  it("a recording or an analysis that is here cannot be claimed by its id", async () => {
    const other = randomUUID();
    await addRecording(test, "local-1");
    await mkdir(path.join(test.place.dataDir, "analyses", other), { recursive: true });
    const claims: [string, object][] = [
      ["a recording", studyOf("local-1")],
      ["results", studyOf("rec-9", [analysis, other])],
    ];
    for (const [what, study] of claims) {
      const files = filesOf(study);
      if (what === "a recording") files.delete("recordings/rec-9/camera.webm");
      await writeFile(at("claim.zip"), await pack(files));
      await assert.rejects(
        test.call(importStudy, { path: at("claim.zip") }),
        (error: unknown) => isAppError(error, "conflict"),
        what,
      );
    }
    assert.deepEqual((await test.call(listStudies, {})).studies, []);
    const kept = path.join(test.place.dataDir, "recordings", "local-1", "camera.webm");
    assert.equal(await readFile(kept, "utf8"), "recording local-1");
    await rm(path.dirname(kept), { recursive: true });
    await rm(path.join(test.place.dataDir, "analyses", other), { recursive: true });
  });

  it("a pipe is no archive, and nobody waits for it", async () => {
    execFileSync("mkfifo", [at("pipe.zip")]);
    await assert.rejects(openStudyArchive(at("pipe.zip")), /There is no such file/);
    await assert.rejects(test.call(importStudy, { path: at("pipe.zip") }), (error: unknown) =>
      isAppError(error, "invalid_request"),
    );
  });

  it("a damaged file of an archive is told to the validation too, and not taken for a shorter one", async () => {
    const frames = `analyses/${analysis}/frames.jsonl`;
    const lie: Lie = (name) => (name === frames ? { bytes: 3000, unpacked: 3000 } : {});
    await writeFile(at("short.zip"), await pack(filesOf(studyOf("rec-9")), lie));
    await using source = await loadStudy(at("short.zip"));
    await assert.rejects(readEmotionTrace(source!, analysis));
  });

  it("an export names no place of this machine", async () => {
    const { study, first } = await makeStudy(test);
    const id = randomUUID();
    const recording = await addRecording(test, id);
    const kept = {
      ...{ id, startedAt: session.startedAt, endedAt: session.startedAt, pipeline: "multimodal", config: {} },
      source: { kind: "file", path: at("private/clip.mp4") },
      recording: { path: path.join(recording, "camera.webm"), startMs: 0 },
    };
    await writeFile(path.join(recording, "session.json"), JSON.stringify(kept));
    await addAnalysis(test, first, "stimulus", path.join(recording, "camera.webm"));
    await saveArchive(test, study, at("export.zip"));
    await using archive = await openStudyArchive(at("export.zip"));
    for (const { name } of archive.files) {
      const text = (await buffer((await archive.open(name))!)).toString("latin1");
      assert.ok(!text.includes(folder) && !text.includes(test.place.dataDir), `${name}: ${text}`);
    }
    assert.ok(archive.files.some(({ name }) => name.endsWith("session.json")));
  });
});
